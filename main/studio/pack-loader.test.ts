import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { PackId } from '#app/domain/ids.ts'

import { countUses } from './counted-engine.ts'
import { createPackLoader, type PackLoader } from './pack-loader.ts'
import { createQuarantine } from './quarantine.ts'
import { createFakeEngine, type FakeEngine } from './testing/fake-engine.ts'
import { createFakePacks, fakePack } from './testing/fake-packs.ts'

const [small, large] = ['small' as PackId, 'large' as PackId]
let fake: FakeEngine
let uses: ReturnType<typeof countUses>
let loader: PackLoader

beforeEach(() => {
  vi.useFakeTimers()
  fake = createFakeEngine()
  uses = countUses(fake)
  const packs = createFakePacks([fakePack(small), fakePack(large)])
  loader = createPackLoader({ engine: uses.engine, packs, quarantine: createQuarantine(), isUsed: uses.isUsed })
})
afterEach(() => vi.useRealTimers())

test('a pack that was left for another one goes from memory after a minute, and comes back when asked for', async () => {
  await loader.load(small)
  await vi.advanceTimersByTimeAsync(300_000)
  expect(fake.unloads).toEqual([])
  await loader.load(large)
  await vi.advanceTimersByTimeAsync(59_000)
  expect(fake.unloads).toEqual([])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(fake.unloads).toEqual([small])
  await loader.load(small)
  expect(fake.loads).toEqual([small, large, small])
})

test('a pack in use stays until its call has ended', async () => {
  let open = (): void => {}
  fake.embedText = () =>
    new Promise((resolve) => {
      open = () => resolve(new Float32Array(1))
    })
  await loader.load(small)
  const embedding = uses.engine.embedText(small, 'a cat')
  await loader.load(large)
  await vi.advanceTimersByTimeAsync(300_000)
  expect(fake.unloads).toEqual([])
  open()
  await embedding
  await vi.advanceTimersByTimeAsync(120_000)
  expect(fake.unloads).toEqual([small])
})

test('what has gone with the engine process is not unloaded', async () => {
  await loader.load(small)
  loader.forget()
  await loader.load(large)
  await vi.advanceTimersByTimeAsync(300_000)
  expect(fake.unloads).toEqual([])
})
