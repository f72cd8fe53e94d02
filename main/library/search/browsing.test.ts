import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { pictureOrders } from '#app/contract/library-calls.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'

import type { StoredLibrary } from '../library.ts'
import { openLibrary } from '../open-library.ts'
import { makeQuickFolder } from '../testing/folders.ts'
import { createRandom, sampleCandidate, sampleGeneration } from '../testing/sample.ts'

let folder: string
let library: StoredLibrary
let clock: number
const random = createRandom(4)

beforeEach(async () => {
  folder = makeQuickFolder('browsing')
  clock = Date.UTC(2026, 0, 1)
  library = await openLibrary({ folder, now: () => clock })
})
afterEach(() => {
  library.close()
  rmSync(folder, { recursive: true })
})

/** A run with one picture for each score, some hours after the one before. */
async function addRun(prompt: string, scores: readonly number[], hours = 1) {
  clock += hours * 3_600_000
  const { id } = library.createGeneration(sampleGeneration({ prompt, candidates: scores.length }))
  const ids: PictureId[] = []
  for (const [index, clipScore] of scores.entries()) {
    ids.push((await library.addCandidate(id, { ...sampleCandidate(index, random), clipScore })).id)
  }
  library.setGenerationState(id, 'finished')
  return { id, ids }
}

describe('any place of a list', () => {
  it('is the same by offset as by walking there, in every order and under every filter', async () => {
    for (const n of [1, 2, 3, 4, 5]) await addRun(`apple ${n}`, [0.1 * n, 0.3, 0.2], 9)
    const { ids } = await addRun('pear', [0.25, 0.26, 0.5, 0.01])
    library.ratePictures(ids.slice(0, 2), 5)
    library.ratePictures(ids.slice(2, 3), 2)
    library.deletePictures(ids.slice(3))
    const filters = [{}, { query: 'apple' }, { minRating: 2 }, { isBestOfRun: true }, { minClipScore: 0.25 }]
    for (const order of pictureOrders) {
      for (const filter of filters) {
        const all = library.findPictures({ filter, order, limit: 500 }).items.map(({ id }) => id)
        expect(library.countFound(filter)).toBe(all.length)
        for (let offset = 0; offset <= all.length; offset++) {
          const page = library.findPictures({ filter, order, offset, limit: 2 })
          expect(page.items.map(({ id }) => id)).toEqual(all.slice(offset, offset + 2))
          if (page.nextCursor === null) continue
          const next = library.findPictures({ filter, order, cursor: page.nextCursor, limit: 1 })
          expect(next.items.map(({ id }) => id)).toEqual(all.slice(offset + 2, offset + 3))
        }
      }
    }
  })

  it('is asked for by cursor or by offset, not by both', async () => {
    await addRun('apple', [0.1, 0.2])
    const { nextCursor } = library.findPictures({ limit: 1 })
    expect(() => library.findPictures({ cursor: nextCursor, offset: 1 })).toThrow('by cursor or by offset')
  })
})

describe('runs as stacks', () => {
  it('shows of every run the best picture that is not in the trash, and how many there are', async () => {
    const first = await addRun('apple', [0.1, 0.4, 0.2])
    const second = await addRun('pear', [0.3, 0.3])
    const stacks = () =>
      library.findPictures({ filter: { isBestOfRun: true } }).items.map(({ id, runPictures }) => [id, runPictures])
    expect(stacks()).toEqual([
      [second.ids[0], 2],
      [first.ids[1], 3],
    ])
    library.deletePictures([first.ids[1]!])
    expect(stacks()).toEqual([
      [second.ids[0], 2],
      [first.ids[2], 2],
    ])
    const opened = library.findPictures({ filter: { generationId: second.id } }).items
    expect(opened.map(({ id, runPictures }) => [id, runPictures])).toEqual([
      [second.ids[1], undefined],
      [second.ids[0], undefined],
    ])
  })
})

describe('the timeline', () => {
  it('counts the pictures of each day, in the time zone of the page', async () => {
    await addRun('apple', [0.1, 0.2], 1)
    await addRun('pear', [0.3], 22.5)
    await addRun('plum', [0.3], 48)
    expect(library.readTimeline()).toEqual([
      { day: '2026-01-03', pictures: 1 },
      { day: '2026-01-01', pictures: 3 },
    ])
    expect(library.readTimeline({}, 60)).toEqual([
      { day: '2026-01-04', pictures: 1 },
      { day: '2026-01-02', pictures: 1 },
      { day: '2026-01-01', pictures: 2 },
    ])
    expect(library.readTimeline({ query: 'p', minClipScore: 0.2 }, -120)).toEqual([
      { day: '2026-01-03', pictures: 1 },
      { day: '2026-01-01', pictures: 1 },
    ])
  })
})

describe('what is kept for every window', () => {
  it('is there after a restart, and what is not changed stays', async () => {
    expect(library.readKept()).toEqual({ pinnedRuns: [], savedSearches: [] })
    const pinned = ['0198a4c0-0001-7000-8000-000000000001' as GenerationId]
    const search = { name: 'Apples', way: 'words', filter: { query: 'apple' }, order: 'newest' } as const
    library.changeKept({ pinnedRuns: pinned })
    library.changeKept({ savedSearches: [search] })
    library.close()
    library = await openLibrary({ folder, now: () => clock })
    expect(library.readKept()).toEqual({ pinnedRuns: pinned, savedSearches: [search] })
  })
})

describe('order and pause of the queue', () => {
  it('are as they were kept, after a restart too', async () => {
    expect(library.readQueueState()).toEqual({ isPaused: false, order: [] })
    const state = { isPaused: true, order: ['0198a4c0-0001-7000-8000-000000000001' as GenerationId] }
    library.keepQueueState(state)
    library.close()
    library = await openLibrary({ folder, now: () => clock })
    expect(library.readQueueState()).toEqual(state)
  })
})

describe('a longer run', () => {
  it('waits again with what it has', async () => {
    const { id, ids } = await addRun('apple', [0.1, 0.2])
    expect(library.extendGeneration(id, 5)).toMatchObject({
      state: 'queued',
      candidates: 5,
      finishedCandidates: 2,
      finishedAt: null,
    })
    expect([...library.readJournal(id).finished]).toEqual([0, 1])
    expect(library.extendGeneration(id, 3)).toMatchObject({ candidates: 5 })
    expect(library.listPicturesOf(id).map((picture) => picture.id)).toEqual([ids[1], ids[0]])
  })
})
