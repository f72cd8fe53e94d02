import { basename } from 'node:path'

import type { FamilyId } from '../families/mapped-part.ts'

/** One file of a known source. */
export interface SourceFile {
  readonly name: string
  readonly url: string
  /** About; null where it is not known. */
  readonly bytes: number | null
  /** Published checksums; most publishers give none. */
  readonly sha256?: string
  readonly md5?: string
}

/** A published checkpoint: where it was, and under which terms. Links of that age may be dead. */
export interface KnownSource {
  readonly id: string
  readonly title: string
  readonly family: FamilyId
  readonly licence: string
  readonly files: readonly SourceFile[]
}

const huggingFace = (repository: string, name: string, bytes: number | null): SourceFile => ({
  name,
  url: `https://huggingface.co/${repository}/resolve/main/${name}`,
  bytes,
})
const minDalle = (name: string, bytes: number | null = null): SourceFile => huggingFace('kuprel/min-dalle', name, bytes)
const rudalleFiles = [
  huggingFace('ai-forever/rudalle-utils', 'vqgan.gumbelf8-sber.model.ckpt', null),
  huggingFace('shonenkov/rudalle-utils', 'bpe.model', null),
]
const clip = (name: string, sha256: string, bytes: number | null): SourceFile => ({
  name,
  url: `https://openaipublic.azureedge.net/clip/models/${sha256}/${name}`,
  bytes,
  sha256,
})
const clipMerges: SourceFile = {
  name: 'bpe_simple_vocab_16e6.txt',
  url: 'https://raw.githubusercontent.com/openai/DALL-E/master/bpe_simple_vocab_16e6.txt',
  bytes: null,
}

/** Fetched only when a person asks for one. */
export const knownSources: readonly KnownSource[] = [
  {
    id: 'dalle-mini',
    title: 'DALL·E Mini (min-dalle files)',
    family: 'dalle-mini',
    licence: 'MIT (tag of the repository); model: Apache-2.0',
    files: [
      minDalle('encoder_mini.pt', 405_000_000),
      minDalle('decoder_mini.pt', 471_000_000),
      minDalle('detoker.pt', 187_000_000),
      minDalle('vocab_mini.json'),
      minDalle('merges_mini.txt'),
    ],
  },
  {
    id: 'dalle-mega',
    title: 'DALL·E Mega (min-dalle files)',
    family: 'dalle-mini',
    licence: 'MIT (tag of the repository); model: Apache-2.0',
    files: [
      minDalle('encoder.pt', 2_220_000_000),
      minDalle('decoder.pt', 2_960_000_000),
      minDalle('detoker.pt', 187_000_000),
      minDalle('vocab.json'),
      minDalle('merges.txt'),
    ],
  },
  {
    id: 'min-dall-e',
    title: 'minDALL-E 1.3B (Kakao Brain)',
    family: 'min-dall-e',
    licence: 'CC-BY-NC-SA-4.0 (weights): not for commercial use',
    files: [
      {
        name: '1.3B.tar.gz',
        url: 'https://arena.kakaocdn.net/brainrepo/models/minDALL-E/57b008f02ceaa02b779c8b7463143315/1.3B.tar.gz',
        bytes: null,
        md5: '57b008f02ceaa02b779c8b7463143315',
      },
    ],
  },
  {
    id: 'rudalle-malevich',
    title: 'ruDALL-E Malevich (v3)',
    family: 'rudalle-v3',
    licence: 'Apache-2.0 (code); weights not stated',
    files: [huggingFace('ai-forever/rudalle-Malevich', 'pytorch_model_v3.bin', 2_620_000_000), ...rudalleFiles],
  },
  {
    id: 'rudalle-emojich',
    title: 'ruDALL-E Emojich (v2)',
    family: 'rudalle-v2',
    licence: 'Apache-2.0 (code); weights not stated',
    files: [huggingFace('ai-forever/rudalle-Emojich', 'pytorch_model.bin', 2_630_000_000), ...rudalleFiles],
  },
  {
    id: 'openai-dvae',
    title: "OpenAI's dVAE (picture tokenizer)",
    family: 'openai-dvae',
    licence: 'MIT (modified)',
    files: ['encoder.pkl', 'decoder.pkl'].map((name) => ({
      name,
      url: `https://cdn.openai.com/dall-e/${name}`,
      bytes: name === 'encoder.pkl' ? 215_000_000 : 175_000_000,
    })),
  },
  {
    id: 'clip-vit-b-32',
    title: 'OpenAI CLIP ViT-B/32 (ranking)',
    family: 'openai-clip',
    licence: 'MIT',
    files: [clip('ViT-B-32.pt', '40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af', null), clipMerges],
  },
  {
    id: 'clip-vit-b-32-onnx',
    title: 'CLIP ViT-B/32, exported to ONNX (ranking)',
    family: 'onnx-clip',
    licence: 'not stated; of the weights: MIT',
    files: [
      'onnx/text_model.onnx',
      'onnx/vision_model.onnx',
      'tokenizer.json',
      'config.json',
      'preprocessor_config.json',
    ].map((path) => ({ ...huggingFace('Xenova/clip-vit-base-patch32', path, null), name: basename(path) })),
  },
  {
    id: 'clip-vit-b-16',
    title: 'OpenAI CLIP ViT-B/16 (ranking)',
    family: 'openai-clip',
    licence: 'MIT',
    files: [clip('ViT-B-16.pt', '5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f', null), clipMerges],
  },
  {
    id: 'clip-vit-l-14',
    title: 'OpenAI CLIP ViT-L/14 (ranking)',
    family: 'openai-clip',
    licence: 'MIT',
    files: [clip('ViT-L-14.pt', 'b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836', null), clipMerges],
  },
]
