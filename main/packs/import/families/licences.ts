import type { FamilyId } from './mapped-part.ts'

/** What is known of a family's terms, and where it is said. Weights can have other terms than code. */
export interface Licence {
  readonly name: string
  readonly source: string
}

const licences: Record<FamilyId, Licence> = {
  'openai-dvae': {
    name: 'MIT (modified)',
    source: 'OpenAI dVAE: github.com/openai/DALL-E, LICENSE (modified MIT: say clearly that it was used)',
  },
  'openai-clip': { name: 'MIT', source: 'OpenAI CLIP: github.com/openai/CLIP, LICENSE' },
  'huggingface-clip': { name: 'not stated', source: 'CLIP: see the card of the repository it was fetched from' },
  'onnx-clip': { name: 'not stated', source: 'CLIP: see the card of the repository the export was fetched from' },
  ruclip: {
    name: 'Apache-2.0 (code); weights not stated',
    source: 'ruCLIP: github.com/ai-forever/ru-clip, LICENSE.txt',
  },
  'taming-vqgan': { name: 'MIT', source: 'VQGAN: github.com/CompVis/taming-transformers, License.txt' },
  'taming-gumbel-vqgan': { name: 'MIT', source: 'VQGAN: github.com/CompVis/taming-transformers, License.txt' },
  'min-dalle-detokenizer': { name: 'MIT', source: 'min-dalle detokenizer: huggingface.co/kuprel/min-dalle, tag' },
  'dalle-mini-vqgan': {
    name: 'Apache-2.0',
    source: 'DALL·E Mini VQGAN: huggingface.co/dalle-mini/vqgan_imagenet_f16_16384',
  },
  'min-dall-e': {
    name: 'CC-BY-NC-SA-4.0',
    source:
      'minDALL-E: github.com/kakaobrain/minDALL-E, LICENSE.cc-by-nc-sa-4.0 (stage-2 weights; not for commercial use)',
  },
  'rudalle-v2': {
    name: 'Apache-2.0 (code); weights not stated',
    source: 'ruDALL-E: github.com/ai-forever/ru-dalle, LICENSE',
  },
  'rudalle-v3': {
    name: 'Apache-2.0 (code); weights not stated',
    source: 'ruDALL-E: github.com/ai-forever/ru-dalle, LICENSE',
  },
  'dalle-mini': {
    name: 'Apache-2.0',
    source: 'DALL·E Mini / Mega: huggingface.co/dalle-mini, model cards; min-dalle files: MIT tag',
  },
  'discrete-vae': {
    name: 'not stated',
    source: 'DiscreteVAE: trained with the model it comes with; community weights rarely state a licence',
  },
  'dalle-pytorch': {
    name: 'not stated',
    source:
      'DALLE-pytorch: the code is MIT (github.com/lucidrains/DALLE-pytorch); community weights rarely state a licence',
  },
}

export function licenceOf(family: FamilyId): Licence {
  return licences[family]
}
