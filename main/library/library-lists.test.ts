import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { PictureId } from '#app/domain/ids.ts'

import { openLibraryBench, type LibraryBench } from './testing/library-bench.ts'
import { sampleCandidate, sampleGeneration } from './testing/sample.ts'

let bench: LibraryBench
beforeEach(async () => {
  bench = await openLibraryBench()
})
afterEach(() => bench.end())

describe('lists', () => {
  it('pages through pictures without a gap or a repeat while new ones come', async () => {
    const ids = await bench.addPictures(7)
    const first = bench.library.listPictures({ limit: 3 })
    await bench.addPictures(2, 'later')
    const second = bench.library.listPictures({ limit: 3, cursor: first.nextCursor })
    const third = bench.library.listPictures({ limit: 3, cursor: second.nextCursor })
    const seen = [first, second, third].flatMap((page) => page.items.map((item) => item.id))
    expect(seen).toEqual(ids.toReversed())
    expect(third.nextCursor).toBeNull()
  })

  it.each(['newest', 'oldest', 'rating', 'clipScore'] as const)('pages through pictures by %s', async (order) => {
    const { id } = bench.library.createGeneration(sampleGeneration({ candidates: 12 }))
    const made: { id: PictureId; rating: number; score: number | null; at: number }[] = []
    for (let i = 0; i < 12; i++) {
      const clipScore = i % 5 === 4 ? null : ((i * 7) % 3) / 10
      const picture = await bench.library.addCandidate(id, { ...sampleCandidate(i, bench.random), clipScore })
      bench.library.ratePictures([picture.id], (i * 5) % 4)
      made.push({ id: picture.id, rating: (i * 5) % 4, score: clipScore, at: i })
    }
    const expected = {
      newest: made.toReversed(),
      oldest: made,
      rating: made.toSorted((a, b) => b.rating - a.rating || b.at - a.at),
      clipScore: made.toSorted((a, b) => (b.score ?? -9) - (a.score ?? -9) || b.at - a.at),
    }[order]
    const seen: PictureId[] = []
    for (let cursor: string | null = null; ;) {
      const page = bench.library.findPictures({ order, cursor, limit: 2 })
      seen.push(...page.items.map((picture) => picture.id))
      cursor = page.nextCursor
      if (cursor === null) break
    }
    expect(seen).toEqual(expected.map((picture) => picture.id))
    const found = bench.library.findPictures({ order, filter: { query: 'apple' } }).items.map((picture) => picture.id)
    expect(found).toEqual(seen)
  })

  it('refuses a cursor of another list and a limit out of range', async () => {
    await bench.addPictures(3)
    const { nextCursor } = bench.library.listPictures({ limit: 1 })
    expect(() => bench.library.listGenerations({ cursor: nextCursor })).toThrow('not one of generations')
    expect(() => bench.library.listPictures({ cursor: 'nonsense' })).toThrow('not one of pictures')
    expect(() => bench.library.listPictures({ limit: 501 })).toThrow('from 1 to 500')
  })

  it.each([
    ['a word', 'apple'],
    ['the beginning of a word', 'app'],
    ['words in any order', 'table red'],
    ['another case', 'RED Apple'],
    ['a version number', 'ver1.1'],
    ['part of a Chinese phrase', '苹果'],
    ['part of a Japanese phrase', 'リンゴ'],
    ['a word without its accents', 'creme'],
    ['an open quote', '"red app'],
    ['operators of FTS5', 'apple AND'],
    ['nothing but spaces', '   '],
  ])('finds by %s', async (_, query) => {
    await bench.addPictures(1, 'a red apple AND crème on a table, ver1.1, 红苹果, 赤いリンゴ')
    expect(bench.library.listPictures({ query }).items).toHaveLength(1)
    expect(bench.library.listGenerations({ query }).items).toHaveLength(1)
  })

  it.each([
    ['a star', '*'],
    ['a quote', '"'],
    ['an apostrophe', "'"],
    ['a bracket', '('],
    ['NEAR', 'NEAR('],
    ['a column', 'prompt:'],
    ['a minus', '-'],
    ['a caret', '^'],
    ['a NUL', 'a\0b'],
    ['half a surrogate pair', '\ud83d'],
    ['a word of 10 KB', 'a'.repeat(10_240)],
    ['a page of 20 KB', 'a ^b* "c '.repeat(2000)],
  ])('takes %s', async (_, query) => {
    await bench.addPictures(1, 'a red apple')
    expect(() => bench.library.listPictures({ query })).not.toThrow()
    expect(() => bench.library.listGenerations({ query })).not.toThrow()
  })
})
