import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import type { Golden } from '#app/domain/golden.ts'
import { buildPack } from '#main/packs/build/build-pack.ts'
import { tinyWeights } from '#main/packs/tiny/tiny-weights.ts'

import { forkEngine } from './fork-engine.ts'
import { checkGolden, drawGoldenOnce } from './golden.ts'
import { EngineHost } from './host.ts'

let folder = ''
const engine = new EngineHost(() => forkEngine())
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-golden-'))
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true })
})

it('a pack built with golden runs replays them, and a changed token is found', async () => {
  const pack = join(folder, 'pack')
  const manifest = await buildPack(tinyWeights(), pack, { drawGolden: drawGoldenOnce })
  const golden = JSON.parse(await readFile(join(pack, 'golden.json'), 'utf8')) as Golden
  expect(golden.runs.map(({ precision, candidate, tokens }) => [precision, candidate, tokens.length])).toEqual([
    ['fp32', 0, 16],
    ['fp32', 5, 16],
    ['fp32', 0, 16],
    ['int8', 0, 16],
    ['int8', 5, 16],
    ['int8', 0, 16],
  ])
  expect(await checkGolden(engine, pack, manifest)).toEqual([])

  const changed = golden.runs.map((run, i) => (i === 4 ? { ...run, tokens: run.tokens.with(9, 99) } : run))
  await writeFile(join(pack, 'golden.json'), JSON.stringify({ ...golden, runs: changed }))
  expect(await checkGolden(engine, pack, manifest)).toEqual([{ run: changed[4], cell: 9 }])
})
