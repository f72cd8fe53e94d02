import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { buildClipImage } from '#main/packs/graphs/clip-image.ts'
import { buildClipText } from '#main/packs/graphs/clip-text.ts'
import { buildDvaeDecoder } from '#main/packs/graphs/dvae-decoder.ts'
import { buildDvaeEncoder } from '#main/packs/graphs/dvae-encoder.ts'
import type { WeightStorage } from '#main/packs/graphs/weight-writer.ts'
import type { GraphBuilder } from '#main/packs/onnx/graph-builder.ts'
import { readWeights, type ModelWeights } from '#main/packs/weights/read-weights.ts'
import { WeightSet } from '#main/packs/weights/weight-set.ts'

/** What PyTorch computed: see models/training/reference.py. */
interface Reference {
  readonly clipText: readonly number[]
  readonly greedy: readonly number[]
  /** `[3][height][width]` */
  readonly pixels: readonly (readonly (readonly number[])[])[]
  readonly encoded: readonly number[]
  readonly encoderMargin: readonly number[]
  readonly clip: { readonly textEmbedding: readonly number[]; readonly imageEmbedding: readonly number[] }
}

const python = '/usr/bin/python3'
const tolerance = 1e-4

/** Needs PyTorch, which is not a package of this project; CI installs it. */
const isReferenceAvailable =
  existsSync(python) && existsSync(new URL('../../../../models/training/tiny.py', import.meta.url))

describe.runIf(isReferenceAvailable).each([
  ['a vector-quantised dVAE', ['models.training.tiny']],
  ['a dVAE with a palette and a pixel shuffle', ['models.training.tiny', '--size', 'tiny-palette']],
  ["the paper's dVAE", ['main.engine.process.parity.paper_dvae_weights']],
] as const)('ONNX Runtime computes what PyTorch computes: %s', (_, [weightsModule, ...options]) => {
  let folder: string
  let weights: ModelWeights
  let reference: Reference

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-parity-'))
    await runPython(weightsModule, ...options, '--out', folder)
    const answer = join(folder, 'reference.json')
    await runPython('models.training.reference', '--weights', folder, '--text', 'a red apple', '--json', answer)
    weights = await readWeights(folder)
    reference = JSON.parse(await readFile(answer, 'utf8')) as Reference
  }, 180_000)
  afterAll(() => rm(folder, { recursive: true }))

  test('dVAE decoder', async () => {
    const { dvae, transformer } = weights.model
    const graph = buildDvaeDecoder(dvae, dvaeSet(weights), { storage: 'float32', pixels: 'float32' })
    const codes = int64(reference.greedy, [1, transformer.rows, transformer.columns])
    const { pixels } = await run(graph, { codes })
    const [width, height] = dvae.pictureSize
    expect(pixels?.dims).toEqual([1, height, width, 3])
    expect(largestDifference(pixels, interleaved(reference.pixels))).toBeLessThan(tolerance)
  })

  test('dVAE decoder in bytes is the rounded picture', async () => {
    const { dvae, transformer } = weights.model
    const graph = buildDvaeDecoder(dvae, dvaeSet(weights), { storage: 'float32' })
    const codes = int64(reference.greedy, [1, transformer.rows, transformer.columns])
    const { pixels } = await run(graph, { codes })
    const expected = interleaved(reference.pixels).map((value) => value * 255)
    // Half a step of rounding, and what the picture itself may differ by.
    expect(largestDifference(pixels, expected)).toBeLessThan(0.5 + 255 * tolerance)
  })

  test('dVAE encoder, wherever the best code leads clearly', async () => {
    const { dvae } = weights.model
    const graph = buildDvaeEncoder(dvae, dvaeSet(weights), { storage: 'float32', pixels: 'float32' })
    const [width, height] = dvae.encoderSize
    const picture = interleaved(shrunk(reference.pixels, width, height))
    const { codes } = await run(graph, { pixels: float32(picture, [1, height, width, 3]) })
    const clear = (values: readonly number[]) => values.filter((_, cell) => (reference.encoderMargin[cell] ?? 0) > 1e-3)
    expect(clear(numbers(codes))).toEqual(clear(reference.encoded))
    expect(clear(reference.encoded).length).toBeGreaterThan(reference.encoded.length / 2)
  })

  test('CLIP text encoder', async () => {
    const clip = clipOf(weights)
    const graph = buildClipText(clip, clipSet(weights), 'float32')
    const { text_embeds } = await run(graph, { input_ids: int64(reference.clipText, [1, clip.textLength]) })
    expect(largestDifference(text_embeds, reference.clip.textEmbedding)).toBeLessThan(tolerance)
  })

  test.each([
    ['float32', tolerance],
    // Rounding weights to 11 bits moves an embedding by about that much.
    ['float16', 2e-3],
  ] as const)('CLIP image encoder with %s weights', async (storage: WeightStorage, limit: number) => {
    const clip = clipOf(weights)
    const graph = buildClipImage(clip, clipSet(weights), storage)
    const side = clip.imageSize
    const planes = shrunk(reference.pixels, side, side).map((plane, channel) =>
      plane.flat().map((value) => (value - (clip.mean[channel] ?? 0)) / (clip.std[channel] ?? 1)),
    )
    const { image_embeds } = await run(graph, { pixel_values: float32(planes.flat(), [1, 3, side, side]) })
    expect(largestDifference(image_embeds, reference.clip.imageEmbedding)).toBeLessThan(limit)
  })
})

async function runPython(module: string, ...argv: string[]): Promise<void> {
  const cwd = new URL('../../../../', import.meta.url)
  await promisify(execFile)(python, ['-m', module, ...argv], { cwd, env: { ...process.env, OMP_NUM_THREADS: '1' } })
}

async function run(graph: GraphBuilder, feeds: Record<string, ort.Tensor>): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(graph.toBytes(), { intraOpNumThreads: 1 })
  try {
    return { ...(await session.run(feeds)) }
  } finally {
    await session.release()
  }
}

const dvaeSet = (weights: ModelWeights) => new WeightSet(weights.dvae, 'dvae.safetensors')
const clipSet = (weights: ModelWeights) => new WeightSet(weights.clip ?? new Map(), 'clip.safetensors')

function clipOf({ model }: ModelWeights) {
  if (model.clip === undefined) throw new Error('The tiny model has a CLIP.')
  return model.clip
}

const int64 = (values: readonly number[], dims: number[]) =>
  new ort.Tensor(
    'int64',
    BigInt64Array.from(values, (value) => BigInt(value)),
    dims,
  )
const float32 = (values: readonly number[], dims: number[]) =>
  new ort.Tensor('float32', Float32Array.from(values), dims)

function numbers(tensor: ort.Tensor | undefined): number[] {
  return Array.from(tensor?.data as ArrayLike<number | bigint>, Number)
}

/** Infinite when the counts differ. */
function largestDifference(tensor: ort.Tensor | undefined, expected: readonly number[]): number {
  const values = numbers(tensor)
  if (values.length !== expected.length) return Infinity
  return Math.max(...values.map((value, index) => Math.abs(value - (expected[index] ?? Infinity))))
}

type Planes = readonly (readonly (readonly number[])[])[]

/** `[3][height][width]` to `[height][width][3]`, flat. */
function interleaved(planes: Planes): number[] {
  const [red = []] = planes
  return red.flatMap((line, y) => line.flatMap((_, x) => planes.map((plane) => plane[y]?.[x] ?? 0)))
}

/** The mean of each block of pixels; the sizes must divide. */
function shrunk(planes: Planes, width: number, height: number): Planes {
  return planes.map((plane) =>
    Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => {
        const [tall, wide] = [plane.length / height, (plane[0]?.length ?? 0) / width]
        const block = plane.slice(y * tall, (y + 1) * tall).flatMap((line) => line.slice(x * wide, (x + 1) * wide))
        return block.reduce((sum, value) => sum + value, 0) / block.length
      }),
    ),
  )
}
