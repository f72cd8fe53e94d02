import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { goldenSchema } from '#app/domain/golden.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'

import { buildPack } from '../build/build-pack.ts'
import { tinyWeights } from '../tiny/tiny-weights.ts'
import { validatePack } from '../validate/validate-pack.ts'

import { compareGolden, drawGolden } from './golden-runs.ts'

let base: string
const engine = new EngineHost(() => forkEngine())

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-golden-'))
})
afterAll(async () => {
  await engine.close()
  await rm(base, { recursive: true })
})

test('a pack is built with golden runs that it draws again, and another model does not', async () => {
  const folder = join(base, 'pack')
  await buildPack(tinyWeights(), folder, {
    drawGolden: (unfinished, manifest) => drawGolden(engine, unfinished, manifest),
  })
  const { manifest } = await validatePack(folder)
  const golden = goldenSchema.parse(JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')))
  expect(golden.runs.map(({ precision, prompt }) => [precision, prompt])).toEqual([
    ['fp32', 'a red apple'],
    ['fp32', 'A Blue Cat'],
    ['int8', 'a red apple'],
    ['int8', 'A Blue Cat'],
  ])
  const shares = async (pack: string) =>
    (await compareGolden(engine, pack, manifest, golden)).map(({ equalShare }) => equalShare)
  expect(await shares(folder)).toEqual([1, 1, 1, 1])

  const other = join(base, 'other')
  await buildPack(tinyWeights({ seed: 2 }), other)
  expect(Math.max(...(await shares(other)))).toBeLessThan(0.5)
})

test('a pack with a palette has golden runs of all its rows, and says how many are colours', async () => {
  const folder = join(base, 'palette')
  await buildPack(tinyWeights({ hasPalette: true }), folder, {
    storage: 'float16',
    drawGolden: (unfinished, manifest) => drawGolden(engine, unfinished, manifest),
  })
  const { manifest } = await validatePack(folder)
  expect(manifest.image).toMatchObject({ rows: 5, columns: 4, paletteRows: 1, paletteLevels: 8 })
  const golden = goldenSchema.parse(JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')))
  expect(golden.runs.map(({ tokens }) => tokens.length)).toEqual([20, 20, 20, 20])
  const comparisons = await compareGolden(engine, folder, manifest, golden)
  expect(comparisons.map(({ equalShare }) => equalShare)).toEqual([1, 1, 1, 1])
})
