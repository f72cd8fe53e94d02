import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { PackId } from '#app/domain/ids.ts'
import { PromptTokenizer } from '#app/kernels/prompt-tokenizer.ts'
import { buildClipImage } from '#main/packs/graphs/clip-image.ts'
import { buildClipText } from '#main/packs/graphs/clip-text.ts'
import { buildDvaeDecoder } from '#main/packs/graphs/dvae-decoder.ts'
import { buildDvaeEncoder } from '#main/packs/graphs/dvae-encoder.ts'
import type { ClipPart, MappedPart, VaePart } from '#main/packs/import/families/mapped-part.ts'
import { recogniseParts } from '#main/packs/import/families/recognise.ts'
import { makeClipTokenizer } from '#main/packs/import/families/tokenizer-json.ts'
import { openCheckpoint, type Checkpoint } from '#main/packs/import/readers/open-checkpoint.ts'
import { importCheckpoint } from '#main/packs/import/doctor/import-checkpoint.ts'
import { writeMadeModel } from '#main/packs/import/testing/made-checkpoints.ts'
import type { GraphBuilder } from '#main/packs/onnx/graph-builder.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'
import { validatePack } from '#main/packs/validate/validate-pack.ts'
import { WeightSet } from '#main/packs/weights/weight-set.ts'

import { embedText } from '../clip.ts'
import { loadPack } from '../loaded-pack.ts'

import { isTorchInstalled, largestDifference, writeFixtures, type Answer } from './import-fixture.ts'

let root: string
beforeAll(async () => {
  if (isTorchInstalled) root = await writeFixtures(['openai-dvae', ...clips.map(fixtureOf)])
}, 60_000)
afterAll(async () => {
  if (isTorchInstalled) await rm(root, { recursive: true })
})

async function open(
  family: string,
  files: readonly string[],
): Promise<{ checkpoint: Checkpoint; parts: MappedPart[] }> {
  const paths = files.map((file) => join(root, family, file))
  const checkpoint = await openCheckpoint(paths, { temporaryFolder: join(root, 'temporary') })
  return { checkpoint, parts: recogniseParts(checkpoint) }
}

async function run(graph: GraphBuilder, feeds: Record<string, ort.Tensor>): Promise<Record<string, ort.OnnxValue>> {
  const session = await ort.InferenceSession.create(graph.toBytes())
  const results = await session.run(feeds)
  await session.release()
  return results
}

const floats = (value: ort.OnnxValue | undefined): number[] =>
  value instanceof ort.Tensor && value.data instanceof Float32Array ? Array.from(value.data) : []

describe.runIf(isTorchInstalled)("OpenAI's dVAE", () => {
  it('is read from whole-module pickles, zip and older, and computes what PyTorch computes', async () => {
    const { checkpoint, parts } = await open('openai-dvae', ['encoder.pkl', 'decoder.pkl'])
    expect(checkpoint.sources.map(({ format }) => format)).toEqual(['torch-zip', 'torch-legacy'])
    const [vae] = parts as VaePart[]
    expect([vae?.family, vae?.codes, vae?.plan.missing, vae?.plan.extra]).toEqual(['openai-dvae', 64, [], []])
    if (vae === undefined) return
    expect(vae.description).toEqual({
      pictureSize: [256, 256],
      encoderSize: [256, 256],
      pixels: 'logit-laplace',
      gain: 1 / 64,
      encoder: { inputStride: 1, downsample: [2, 2, 2, 1] },
      decoder: { upsample: [2, 2, 2, 1] },
    })
    const answer = JSON.parse(await readFile(join(root, 'openai-dvae', 'answer.json'), 'utf8')) as Answer
    const weights = (): WeightSet => new WeightSet(vae.plan.toTensors(), 'dvae')
    const options = { storage: 'float32', pixels: 'float32' } as const
    const codes = new ort.Tensor('int64', BigInt64Array.from(answer.tokens, BigInt), [1, 4, 4])
    const { pixels } = await run(buildDvaeDecoder(vae.description, weights(), options), { codes })
    const expected = interleaved(answer.pixels)
    expect(largestDifference(floats(pixels), expected)).toBeLessThan(1e-4)
    const picture = new ort.Tensor('float32', Float32Array.from(expected), [1, 32, 32, 3])
    const encoded = await run(buildDvaeEncoder(vae.description, weights(), options), { pixels: picture })
    expect(
      Array.from(encoded.codes instanceof ort.Tensor ? (encoded.codes.data as BigInt64Array) : [], Number),
    ).toEqual(answer.codes?.flat())
    await checkpoint.close()
  })
})

interface ClipAnswer {
  readonly prompt: string
  readonly caption: readonly number[]
  readonly ids: readonly number[]
  readonly text: readonly number[]
  readonly picture: readonly number[]
  readonly image: readonly number[]
}

interface ClipCase {
  readonly family: string
  /** Of several checkpoints of one family. */
  readonly fixture?: string
  readonly files: readonly string[]
  readonly format: string
  readonly description: Partial<ClipPart['description']>
}

function fixtureOf({ family, fixture }: ClipCase): string {
  return fixture ?? family
}

const clips: readonly ClipCase[] = [
  {
    family: 'openai-clip',
    files: ['ViT-tiny.pt', 'bpe_simple_vocab_16e6.txt'],
    format: 'torchscript',
    description: {
      ...{ imageSize: 16, patchSize: 8, textLength: 8, textVocabulary: 518, bos: 516, eos: 517, pad: 0 },
      ...{ textWidth: 64, textLayers: 2, textHeads: 1, visionWidth: 128, visionLayers: 2, visionHeads: 2 },
      ...{ projection: 32, activation: 'quick_gelu', mean: [0.48145466, 0.4578275, 0.40821073] },
    },
  },
  {
    family: 'huggingface-clip',
    files: ['model.safetensors', 'merges.txt', 'config.json'],
    format: 'safetensors',
    description: {
      ...{ imageSize: 24, patchSize: 8, textLength: 8, textVocabulary: 518, bos: 516, eos: 517, pad: 0 },
      ...{ textWidth: 48, textLayers: 2, textHeads: 3, visionWidth: 64, visionLayers: 2, visionHeads: 2 },
      ...{ projection: 24, activation: 'gelu' },
    },
  },
  {
    family: 'onnx-clip',
    files: ['model.onnx', 'tokenizer.json', 'config.json', 'preprocessor_config.json'],
    format: 'onnx',
    description: {
      ...{ imageSize: 24, patchSize: 8, textLength: 8, textVocabulary: 518, bos: 516, eos: 517, pad: 0 },
      ...{ textWidth: 48, textLayers: 2, textHeads: 3, visionWidth: 64, visionLayers: 2, visionHeads: 2 },
      ...{ projection: 24, activation: 'gelu', mean: [0.5, 0.4, 0.3] },
    },
  },
  {
    family: 'onnx-clip',
    fixture: 'onnx-clip-towers',
    files: ['vision_model.onnx', 'text_model.onnx', 'tokenizer.json', 'config.json', 'preprocessor_config.json'],
    format: 'onnx',
    description: {
      ...{ imageSize: 24, patchSize: 8, textLength: 8, textVocabulary: 518, bos: 516, eos: 517, pad: 0 },
      ...{ textWidth: 48, textLayers: 2, textHeads: 3, visionWidth: 64, visionLayers: 2, visionHeads: 2 },
      ...{ projection: 24, activation: 'quick_gelu', mean: [0.48145466, 0.4578275, 0.40821073] },
    },
  },
  {
    family: 'ruclip',
    files: ['pytorch_model.bin', 'bpe.model', 'config.json'],
    format: 'torch-zip',
    description: {
      ...{ imageSize: 16, patchSize: 8, textLength: 8, textVocabulary: 11, bos: 2, eos: 3, pad: 0 },
      ...{ textWidth: 64, textLayers: 2, textHeads: 1, visionWidth: 128, visionLayers: 2, visionHeads: 2 },
      ...{ projection: 32, activation: 'quick_gelu', mean: [0.5, 0.4, 0.3], std: [0.25, 0.26, 0.27] },
    },
  },
]

describe.runIf(isTorchInstalled).each<ClipCase>(clips)('a $family checkpoint ($files.0)', (clipCase) => {
  const { family, files, format, description } = clipCase
  const fixture = fixtureOf(clipCase)
  let checkpoint: Checkpoint
  let clip: ClipPart
  let answer: ClipAnswer
  beforeAll(async () => {
    const opened = await open(fixture, files)
    checkpoint = opened.checkpoint
    clip = opened.parts[0] as ClipPart
    answer = JSON.parse(await readFile(join(root, fixture, 'answer.json'), 'utf8')) as ClipAnswer
  })
  afterAll(() => checkpoint.close())

  it('is recognised by content, and its shapes and configuration give every size', () => {
    expect(checkpoint.sources[0]?.format).toBe(format)
    expect([clip.family, clip.plan.missing, clip.plan.extra]).toEqual([family, [], []])
    expect(clip.description).toMatchObject(description)
  })

  it('reads text as its own tokenizer does', () => {
    const { bytes } = makeClipTokenizer(clip, checkpoint.sideFiles)
    const tokenizer = new PromptTokenizer(JSON.parse(Buffer.from(bytes).toString()) as object, {
      lowercase: true,
      limit: 6,
    })
    expect(tokenizer.idsOf(answer.prompt)).toEqual(answer.caption)
  })

  it('embeds text and picture as PyTorch does', async () => {
    const side = clip.description.imageSize
    const weights = new WeightSet(clip.plan.toTensors(), 'clip')
    const ids = new ort.Tensor('int64', BigInt64Array.from(answer.ids, BigInt), [1, 8])
    const text = await run(buildClipText(clip.description, weights, 'float32'), { input_ids: ids })
    expect(largestDifference(floats(text.text_embeds), answer.text)).toBeLessThan(1e-4)
    const pixels = new ort.Tensor('float32', Float32Array.from(answer.picture), [1, 3, side, side])
    const image = await run(buildClipImage(clip.description, weights, 'float32'), { pixel_values: pixels })
    expect(largestDifference(floats(image.image_embeds), answer.image)).toBeLessThan(1e-4)
  })
})

describe.runIf(isTorchInstalled)('a pack with an exported CLIP', () => {
  it('ranks by what PyTorch embeds, with both tokenizers told apart', async () => {
    const files = ['vision_model.onnx', 'text_model.onnx', 'tokenizer.json', 'config.json', 'preprocessor_config.json']
    const folder = join(root, 'onnx-clip-towers')
    const packsFolder = join(root, 'packs')
    const report = await importCheckpoint({
      files: [...files.map((file) => join(folder, file)), ...(await writeMadeModel(join(root, 'made')))],
      packsFolder,
      name: 'ranked',
    })
    expect(report.parts.map(({ family }) => family)).toEqual(['min-dall-e', 'taming-vqgan', 'onnx-clip'])
    const { manifest } = await validatePack(join(packsFolder, 'ranked'))
    expect(manifest.clip).toMatchObject({ imageSize: 24, tokenizer: 'clip-tokenizer.json' })
    // The exports of towers leave it out.
    expect(manifest.clip?.logitScale).toBeCloseTo(100, 3)
    const source = { packId: 'ranked' as PackId, folder: join(packsFolder, 'ranked'), precision: 'fp32' as const }
    const pack = await loadPack(source, { threads: 1 })
    const answer = JSON.parse(await readFile(join(folder, 'answer.json'), 'utf8')) as ClipAnswer
    const embedding = await embedText(pack, answer.prompt)
    await pack.dispose()
    expect(largestDifference(Array.from(embedding), answer.text)).toBeLessThan(1e-3)
  })
})

describe.runIf(isTorchInstalled)('a CLIP that is added to an installed pack', () => {
  it('ranks for it as PyTorch embeds, and the pack draws as before', async () => {
    const base = join(root, 'tiny')
    const before = await makeTinyPack(base)
    const packsFolder = join(root, 'packs-with-clip')
    const names = ['vision_model.onnx', 'text_model.onnx', 'tokenizer.json', 'config.json', 'preprocessor_config.json']
    const files = names.map((name) => join(root, 'onnx-clip-towers', name))
    const dryRun = await importCheckpoint({ files, packsFolder, base, isDryRun: true })
    expect([dryRun.family, dryRun.missing, dryRun.extra, dryRun.pack]).toEqual(['onnx-clip', [], [], null])
    const { pack } = await importCheckpoint({ files, packsFolder, base, name: 'With CLIP' })
    expect(pack).toEqual({ id: 'with-clip', folder: join(packsFolder, 'with-clip'), isNew: true })
    const folder = join(packsFolder, 'with-clip')
    const { manifest } = await validatePack(folder)
    const { id, name, description, licence, attribution, clip, memory, files: written, sessions, ...same } = manifest
    expect({ ...before, ...same }).toEqual(before)
    expect([id, name, licence]).toEqual(['with-clip', 'With CLIP', `${before.licence}; CLIP: not stated`])
    expect(description).toContain('CLIP (ONNX export)')
    expect(attribution.slice(0, before.attribution.length)).toEqual(before.attribution)
    expect(clip).toMatchObject({ imageSize: 24, projection: 24, tokenizer: 'clip-tokenizer.json' })
    expect(memory.weightsBytes).toBeGreaterThan(0)
    for (const [file, expected] of Object.entries(before.files))
      if (!file.startsWith('clip')) expect(written[file]).toEqual(expected)
    expect(sessions.transformer).toEqual(before.sessions.transformer)
    const loaded = await loadPack({ packId: id, folder, precision: 'fp32' }, { threads: 1 })
    const answer = JSON.parse(await readFile(join(root, 'onnx-clip-towers', 'answer.json'), 'utf8')) as ClipAnswer
    const embedding = await embedText(loaded, answer.prompt)
    await loaded.dispose()
    expect(largestDifference(Array.from(embedding), answer.text)).toBeLessThan(1e-3)
    expect((await importCheckpoint({ files, packsFolder, base, name: 'With CLIP' })).pack?.isNew).toBe(false)
  })
})

function interleaved(planes: Answer['pixels']): number[] {
  const [red = []] = planes
  return red.flatMap((row, y) => row.flatMap((_, x) => planes.map((plane) => plane[y]?.[x] ?? 0)))
}
