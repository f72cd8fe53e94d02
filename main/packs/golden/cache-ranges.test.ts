import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { cacheRangesSchema, type CacheRanges } from '#app/domain/cache-ranges.ts'
import { precisionsOf, type PackManifest } from '#app/domain/pack.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'

import { buildPack } from '../build/build-pack.ts'
import { tinyWeights, type TinyOptions } from '../tiny/tiny-weights.ts'
import { validatePack } from '../validate/validate-pack.ts'

import { measureCacheRanges } from './cache-ranges.ts'
import { compareGolden, drawGolden } from './golden-runs.ts'

let base: string
const engine = new EngineHost(() => forkEngine())
const measureCache = (folder: string, manifest: PackManifest): Promise<CacheRanges> =>
  measureCacheRanges(engine, folder, manifest)

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-ranges-'))
})
afterAll(async () => {
  await engine.close()
  await rm(base, { recursive: true })
})

async function rangesOf(name: string, options: TinyOptions): Promise<CacheRanges> {
  await buildPack(tinyWeights(options), join(base, name), { measureCache })
  await validatePack(join(base, name))
  return cacheRangesSchema.parse(JSON.parse(await readFile(join(base, name, 'cache-ranges.json'), 'utf8')))
}

test('a calibrated pack has golden runs with a cache of 8 bits, and draws them again', async () => {
  const folder = join(base, 'golden')
  await buildPack(tinyWeights(), folder, {
    measureCache,
    drawGolden: (unfinished, manifest) => drawGolden(engine, unfinished, manifest),
  })
  const { manifest } = await validatePack(folder)
  expect(precisionsOf(manifest)).toEqual(['fp32', 'int8', 'int8-cache'])
  const golden = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')) as Parameters<typeof compareGolden>[3]
  const comparisons = await compareGolden(engine, folder, manifest, golden)
  expect(comparisons.map(({ run, equalShare }) => [run.precision, equalShare])).toEqual(
    ['fp32', 'fp32', 'int8', 'int8', 'int8-cache', 'int8-cache'].map((precision) => [precision, 1]),
  )
})

test('the same weights give the same ranges, a number for every channel of every layer', async () => {
  const ranges = await rangesOf('first', {})
  expect(await rangesOf('second', {})).toEqual(ranges)
  const { layers, heads, headDim } = tinyWeights().model.transformer
  const channels = ranges.layers.flatMap(({ keys, values }) => [keys, values])
  expect(channels.map(({ length }) => length)).toEqual(Array(2 * layers).fill(heads * headDim))
  expect(Math.min(...channels.flat())).toBeGreaterThan(0)
})

test('a sparse layer is looked at before it forgets its rows', async () => {
  const [row, dense] = [
    await rangesOf('row', { transformer: { layers: 1, attention: ['row'] } }),
    await rangesOf('dense', { transformer: { layers: 1, attention: ['dense'] } }),
  ]
  // Keys and values of a first layer do not depend on what it sees, so both differ by what they draw afterwards, and no more.
  const [a = 0, b = 0] = [row, dense].map(({ layers }) => Math.max(...(layers[0]?.keys ?? [])))
  expect(a / b).toBeGreaterThan(0.8)
  expect(a / b).toBeLessThan(1.25)
})

test('a transformer that keeps more than keys and values is not calibrated', async () => {
  const folder = join(base, 'shifted')
  const manifest = await buildPack(tinyWeights({ transformer: { isTokenShifted: true } }), folder, { measureCache })
  expect(precisionsOf(manifest)).toEqual(['fp32', 'int8'])
})
