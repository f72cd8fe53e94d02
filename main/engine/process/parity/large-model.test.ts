import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { buildPack } from '#main/packs/build/build-pack.ts'
import { tinyWeights } from '#main/packs/tiny/tiny-weights.ts'

import { loadPack } from '../loaded-pack.ts'

import { decodeGreedily } from './import-fixture.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-large-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function drawWith(name: string, maxModelBytes?: number) {
  const target = join(folder, name)
  const { id } = await buildPack(tinyWeights(), target, { precision: 'int8', ...(maxModelBytes && { maxModelBytes }) })
  const pack = await loadPack({ packId: id, folder: target, precision: 'int8' }, { threads: 1 })
  try {
    return await decodeGreedily(pack, [3, 4, 5])
  } finally {
    await pack.dispose()
  }
}

test('weights in a file of their own give the same logits, bit by bit', async () => {
  expect(await drawWith('large', 40_000)).toEqual(await drawWith('small'))
})
