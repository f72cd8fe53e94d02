import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { exampleGeneration, exampleGenerationId, examplePicture } from '../fake/examples.ts'
import { EventBatch } from './event-batch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const finished = (index: number) =>
  ({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(index) }) as const

/** What was applied in each turn of the clock. */
function create(everyMs: number) {
  const turns: number[][] = [[]]
  const batch = new EventBatch((event) => {
    turns.at(-1)!.push(event.type === 'candidateFinished' ? event.picture.index : -1)
  }, everyMs)
  const pass = (ms: number) => {
    turns.push([])
    vi.advanceTimersByTime(ms)
  }
  return { turns, batch, pass }
}

test('the first of many goes at once, the others together after a pause', () => {
  const { turns, batch, pass } = create(100)
  for (const index of [0, 1, 2]) batch.add(finished(index))
  pass(100)
  batch.add(finished(3))
  pass(100)
  pass(1000)
  batch.add(finished(4))
  expect(turns).toEqual([[0], [1, 2], [3], [4]])
})

test('an event that says what becomes of the run waits for nothing, and nothing overtakes another', () => {
  const { turns, batch, pass } = create(100)
  for (const index of [0, 1]) batch.add(finished(index))
  batch.add({ type: 'generationEnded', generation: exampleGeneration() })
  batch.add(finished(2))
  batch.flush()
  pass(1000)
  expect(turns).toEqual([[0, 1, -1, 2], []])
})

test('without a pause each goes at once', () => {
  const { turns, batch } = create(0)
  for (const index of [0, 1, 2]) batch.add(finished(index))
  expect([turns, vi.getTimerCount()]).toEqual([[[0, 1, 2]], 0])
})
