import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import * as ort from 'onnxruntime-node'

import type { PackId } from '#app/domain/ids.ts'
import { textIds } from '#app/kernels/token-geometry.ts'
import { buildPack } from '#main/packs/build/build-pack.ts'
import { assembleWeights, chooseParts } from '#main/packs/import/families/assemble.ts'
import type { MappedPart } from '#main/packs/import/families/mapped-part.ts'
import { recogniseParts } from '#main/packs/import/families/recognise.ts'
import { openCheckpoint } from '#main/packs/import/readers/open-checkpoint.ts'
import { validatePack } from '#main/packs/validate/validate-pack.ts'
import type { ModelWeights } from '#main/packs/weights/read-weights.ts'

import { broadcastCache } from '../key-value-cache.ts'
import { loadPack, type LoadedPack } from '../loaded-pack.ts'

export const python = '/usr/bin/python3'
export const fixtureMaker = fileURLToPath(
  new URL('../../../packs/import/fixtures-py/make_checkpoints.py', import.meta.url),
)

/** PyTorch is not a package of this project; CI installs it. */
export const isTorchInstalled = existsSync(python) && existsSync('/usr/lib/python3/dist-packages/torch')

/** What the independent forward pass in PyTorch answered. */
export interface Answer {
  readonly prompt: string
  readonly caption: readonly number[]
  readonly tokens: readonly number[]
  /** `[cell][code]` */
  readonly logits: readonly (readonly number[])[]
  /** `[3][height][width]` in [0, 1] */
  readonly pixels: readonly (readonly (readonly number[])[])[]
  /** Codes of those pixels, rows of columns; absent where there is no encoder. */
  readonly codes?: readonly (readonly number[])[]
}

export interface ImportedCheckpoint {
  readonly answer: Answer
  readonly parts: readonly MappedPart[]
  readonly weights: ModelWeights
  readonly pack: LoadedPack
  close(): Promise<void>
}

/** Writes the checkpoints of some families with PyTorch into a new folder, in one process. */
export async function writeFixtures(families: readonly string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'easel-import-'))
  await promisify(execFile)(python, ['-B', fixtureMaker, root, ...families])
  return root
}

/** Imports `files` of a family's checkpoint, builds, validates and loads the pack. @param root of `writeFixtures` */
export async function importFixture(
  root: string,
  family: string,
  files: readonly string[],
): Promise<ImportedCheckpoint> {
  const folder = join(root, family)
  const answer = JSON.parse(await readFile(join(folder, 'answer.json'), 'utf8')) as Answer
  const temporaryFolder = join(folder, 'temporary')
  await mkdir(temporaryFolder)
  const paths = files.map((file) => join(folder, file))
  const checkpoint = await openCheckpoint(paths, { temporaryFolder })
  const parts = recogniseParts(checkpoint)
  const weights = assembleWeights(chooseParts(parts), checkpoint.sideFiles, { id: family as PackId, name: family })
  const target = join(folder, 'pack')
  await buildPack(weights, target)
  await validatePack(target)
  const source = { packId: family as PackId, folder: target, precision: 'fp32' as const }
  const pack = await loadPack(source, { threads: 1 })
  const close = async (): Promise<void> => {
    await pack.dispose()
    await checkpoint.close()
    await rm(folder, { recursive: true })
  }
  return { answer, parts, weights, pack, close }
}

/** Decodes greedily with the engine's runner: prefill, then a step a cell. @returns tokens and the logits of each step */
export async function decodeGreedily(
  { transformer, manifest }: LoadedPack,
  captionIds: readonly number[],
): Promise<{ tokens: number[]; logits: number[][] }> {
  const { image, text } = manifest
  const cells = image.rows * image.columns
  const prompt = transformer.createCache(1, 'full')
  const cache = transformer.createCache(1, 'compact')
  const ids = BigInt64Array.from(textIds(captionIds, text), BigInt)
  const logits = new Float32Array(image.vocabulary)
  await transformer.run(prompt, ids, 0, text.length - 1, logits)
  broadcastCache(prompt, cache, 0, 0, text.length)
  const tokens: number[] = []
  const steps: number[][] = []
  for (let cell = 0; cell < cells; cell++) {
    steps.push(Array.from(logits))
    const token = logits.indexOf(logits.reduce((a, b) => Math.max(a, b)))
    tokens.push(token)
    if (cell === cells - 1) break
    await transformer.run(cache, BigInt64Array.of(BigInt(image.firstId + token)), text.length + cell, 0, logits)
  }
  return { tokens, logits: steps }
}

/** Pixels in [0, 255] of a grid of codes, as `[3][height][width]` flattened. */
export async function drawCodes(pack: LoadedPack, codes: readonly number[]): Promise<number[]> {
  const { rows, columns } = pack.manifest.image
  const session = await pack.session('vaeDecoder')
  const feed = new ort.Tensor('int64', BigInt64Array.from(codes, BigInt), [1, rows, columns])
  const { pixels } = await session.run({ codes: feed })
  const [, height = 0, width = 0] = pixels?.dims ?? []
  const interleaved = pixels?.data as Uint8Array
  return [0, 1, 2].flatMap((channel) =>
    Array.from({ length: height * width }, (_, i) => interleaved[i * 3 + channel] ?? -1),
  )
}

/** Codes of a picture given as `[3][height][width]` in [0, 1]. */
export async function encodePixels(pack: LoadedPack, planes: Answer['pixels']): Promise<number[]> {
  const height = planes[0]?.length ?? 0
  const width = planes[0]?.[0]?.length ?? 0
  const bytes = new Uint8Array(height * width * 3)
  planes.forEach((plane, channel) =>
    plane.forEach((row, y) =>
      row.forEach((value, x) => (bytes[(y * width + x) * 3 + channel] = Math.round(value * 255))),
    ),
  )
  const session = await pack.session('vaeEncoder')
  const { codes } = await session.run({ pixels: new ort.Tensor('uint8', bytes, [1, height, width, 3]) })
  return Array.from(codes?.data as BigInt64Array, Number)
}

export function largestDifference(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  return found.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - (expected[index] ?? Number.NaN))),
    0,
  )
}
