import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { attentionKinds, type AttentionKind } from '#app/domain/pack.ts'
import { textIds } from '#app/kernels/token-geometry.ts'
import { buildPack } from '#main/packs/build/build-pack.ts'
import { randomTransformer } from '#main/packs/graphs/random-transformer.ts'
import { safetensorsChunks } from '#main/packs/safetensors/write.ts'
import { tinyWeights } from '#main/packs/tiny/tiny-weights.ts'
import { readWeights, type ModelWeights } from '#main/packs/weights/read-weights.ts'
import type { TransformerDescription } from '#main/packs/weights/model-description.ts'

import { broadcastCache, type CacheLayout } from '../key-value-cache.ts'
import { loadPack, type LoadedPack } from '../loaded-pack.ts'
import { PlainTransformer } from './plain-transformer.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-parity-'))
})
afterAll(() => rm(folder, { recursive: true }))

let packNumber = 0
async function packOf(weights: ModelWeights): Promise<LoadedPack> {
  const target = join(folder, `pack-${packNumber++}`)
  const manifest = await buildPack(weights, target)
  return loadPack({ packId: manifest.id, folder: target, precision: 'fp32' }, { threads: 1 })
}

/** Greedy decoding by prefill and cached steps: codes, and the logits each was chosen from. */
async function decodeGreedily(
  pack: LoadedPack,
  ids: Int32Array,
  layout: CacheLayout = 'compact',
): Promise<{ codes: number[]; logits: Float32Array[] }> {
  const { transformer, manifest } = pack
  const prompt = transformer.createCache(1, 'full')
  const cache = transformer.createCache(1, layout)
  const row = new Float32Array(manifest.image.vocabulary)
  await transformer.run(prompt, BigInt64Array.from(ids, BigInt), 0, ids.length - 1, row)
  broadcastCache(prompt, cache, 0, 0, ids.length)
  const codes: number[] = []
  const logits: Float32Array[] = []
  const cells = manifest.image.rows * manifest.image.columns
  while (codes.length < cells) {
    logits.push(row.slice())
    const code = row.indexOf(Math.max(...row))
    codes.push(code)
    const id = BigInt64Array.of(BigInt(manifest.image.firstId + code))
    await transformer.run(cache, id, manifest.text.length + codes.length - 1, 0, row)
  }
  return { codes, logits }
}

function largestDifference(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number {
  let most = 0
  a.forEach((row, i) => {
    for (let j = 0; j < row.length; j++) most = Math.max(most, Math.abs((row[j] ?? NaN) - (b[i]?.[j] ?? NaN)))
  })
  return most
}

const sparse: AttentionKind[] = ['row', 'column', 'dense', 'convolution']

describe('the ONNX transformer equals the format, written out in float64', () => {
  const variants: [string, Partial<TransformerDescription>, { isBiased?: boolean; isSandwiched?: boolean }][] = [
    ['relu2, QK-norm', {}, {}],
    [
      'gelu, biases, sandwich norms, no QK-norm',
      { activation: 'gelu', qkNorm: false },
      { isBiased: true, isSandwiched: true },
    ],
    ['gelu_tanh, biases', { activation: 'gelu_tanh' }, { isBiased: true }],
    ['quick_gelu, RMSNorm', { activation: 'quick_gelu', norm: 'rmsnorm' }, {}],
    ['geglu, RMSNorm, sandwich norms', { activation: 'geglu', norm: 'rmsnorm' }, { isSandwiched: true }],
    ['row, column and convolution', { layers: 4, attention: sparse, rows: 7, columns: 6 }, {}],
  ]
  it.each(variants)('%s', async (_, transformer, options) => {
    const tiny = tinyWeights({ transformer })
    const description = tiny.model.transformer
    const weights = randomTransformer(description, { seed: 5, ...options })
    const pack = await packOf({ ...tiny, transformer: weights })
    const ids = textIds([9, 30, 4], pack.manifest.text)
    const { codes, logits } = await decodeGreedily(pack, ids)
    const sequence = [...ids, ...codes.map((code) => pack.manifest.image.firstId + code)]
    const plain = new PlainTransformer(description, weights).logits(sequence)
    const expected = plain.slice(ids.length - 1, -1)
    expect(largestDifference(logits, expected)).toBeLessThan(1e-4)
  })
})

describe('a sparse layer that reads only what it may see', () => {
  it.each(attentionKinds.filter((kind) => kind !== 'dense'))(
    '%s: equals the masked read of everything',
    async (kind) => {
      for (const attentionTextLength of [undefined, 15]) {
        const attention = [kind, 'dense', kind] as const
        const transformer = { layers: 3, attention: [...attention], rows: 13, columns: 12, attentionTextLength }
        const tiny = tinyWeights({ transformer })
        const weights = randomTransformer(tiny.model.transformer, { seed: 5 })
        const pack = await packOf({ ...tiny, transformer: weights })
        const ids = textIds([9, 30, 4], pack.manifest.text)
        const [masked, compact] = [await decodeGreedily(pack, ids, 'full'), await decodeGreedily(pack, ids, 'compact')]
        expect(compact.codes).toEqual(masked.codes)
        expect(largestDifference(compact.logits, masked.logits)).toBeLessThan(1e-5)
      }
    },
  )
})

const python = '/usr/bin/python3'
const hasTorch = ((): boolean => {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

function runPython(...parameters: string[]): void {
  // One thread: on a busy machine several wait for each other far longer than they compute.
  const env = { ...process.env, OMP_NUM_THREADS: '1' }
  execFileSync(python, ['-m', ...parameters], { cwd: new URL('../../../..', import.meta.url), env })
}

/** PyTorch's own tiny weights, with another transformer in their place when one is described. */
async function writeTinyWeights(name: string, transformer?: Partial<TransformerDescription>): Promise<string> {
  const target = join(folder, name)
  runPython('models.training.tiny', '--out', target)
  if (transformer === undefined) return target
  const { model } = await readWeights(target)
  const description = { ...model.transformer, ...transformer }
  await writeFile(join(target, 'model.json'), JSON.stringify({ ...model, transformer: description }))
  const weights = randomTransformer(description, { seed: 3, isNormBiased: true })
  await writeFile(join(target, 'transformer.safetensors'), Buffer.concat(safetensorsChunks(weights)))
  return target
}

// Needs PyTorch, which only those who train have.
describe.runIf(hasTorch)('the ONNX transformer equals PyTorch on the same weights', () => {
  const variants: [string, Partial<TransformerDescription> | undefined][] = [
    ['dense', undefined],
    ['row-column-dense-convolution', { layers: 4, attention: sparse, rows: 14, columns: 14 }],
  ]
  it.each(variants)(
    '%s',
    async (name, transformer) => {
      const source = await writeTinyWeights(name, transformer)
      const answer = join(source, 'reference.json')
      const captionIds = [9, 30, 4, 17]
      runPython('models.training.reference', '--weights', source, '--text-ids', captionIds.join(','), '--json', answer)
      const reference = JSON.parse(await readFile(answer, 'utf8')) as { greedy: number[]; logits: number[][] }
      const pack = await packOf(await readWeights(source))
      const { codes, logits } = await decodeGreedily(pack, textIds(captionIds, pack.manifest.text))
      expect(codes).toEqual(reference.greedy)
      expect(largestDifference(logits, reference.logits)).toBeLessThan(1e-4)
    },
    180_000,
  )
})
