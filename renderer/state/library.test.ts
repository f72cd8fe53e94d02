import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { exampleFound, exampleGenerationId, examplePicture } from '../fake/examples.ts'
import { createScriptedTransport, settle } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { LibraryPages } from './library.svelte.ts'
import { Marks } from './marks.svelte.ts'
import { Notices } from './notices.svelte.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A library of `total` pictures, the newest with the highest number; a search finds those above `found`. */
function create(total: number, found = total) {
  const transport = createScriptedTransport({
    countPictures: async ({ filter }) => (filter?.query === undefined ? total : found),
    getTimeline: async ({ filter }) => [{ day: '2026-11-20', pictures: filter?.query === undefined ? total : found }],
    findPictures: async ({ filter, order, cursor, offset = 0, limit = 100 }) => {
      const start = Number(cursor ?? offset)
      const all = filter?.query === undefined ? total : found
      const end = Math.min(all, start + limit)
      const items = Array.from({ length: Math.max(0, end - start) }, (_, place) =>
        exampleFound(order === 'oldest' ? start + place : total - 1 - start - place),
      )
      return { items, nextCursor: end < all ? String(end) : null }
    },
  })
  const connection = new Connection(transport)
  const notices = new Notices()
  return { transport, notices, library: new LibraryPages(connection, notices, new Marks(connection, notices)) }
}

/** Where the pages begin that were asked for. */
const offsets = (calls: ReturnType<typeof create>['transport']['calls']) =>
  calls
    .filter((call) => call.name === 'findPictures')
    .map(({ payload }) => (payload as { offset?: number }).offset ?? 'top')

test('the first page is read, and the size of the whole is known', async () => {
  const { library } = create(1234)
  await library.load()
  expect([library.count, library.isCounted, library.at(0), library.at(200)]).toEqual([
    1234,
    true,
    exampleFound(1233),
    undefined,
  ])
})

test('the middle and the end of a million are one page away each', async () => {
  const { transport, library } = create(1_000_000)
  await library.load()
  await library.ensure(999_900, 1_000_000)
  await library.ensure(500_000, 500_100)
  expect([
    library.count,
    library.at(999_999),
    library.at(500_000),
    library.at(400_000),
    library.indexOf(exampleFound(3).id),
    offsets(transport.calls),
  ]).toEqual([1_000_000, exampleFound(0), exampleFound(499_999), undefined, 999_996, ['top', 999_900, 500_000]])
})

test('what is at hand is not asked for again', async () => {
  const { transport, library } = create(1000)
  await library.load()
  await library.ensure(0, 100)
  await library.ensure(50, 400)
  await library.ensure(0, 320)
  expect(offsets(transport.calls)).toEqual(['top', 60, 260])
})

test('a search shows its first page before it knows its count', async () => {
  const { library } = create(1234, 700)
  await library.load()
  library.query = 'apple'
  for (let turn = 0; library.isSearching && turn < 50; turn += 1) await Promise.resolve()
  const before = [library.count, library.isCounted]
  vi.advanceTimersByTime(1000)
  await settle()
  expect([before, [library.count, library.isCounted, library.at(699)]]).toEqual([
    [61, false],
    [700, true, undefined],
  ])
  await library.ensure(690, 700)
  expect(library.at(699)).toEqual(exampleFound(534))
})

test.each([
  ['newest', ['getTimeline']],
  ['clipScore', ['countPictures']],
] as const)('what is found is counted once, by its days where it has some: %s', async (order, counting) => {
  const { transport, library } = create(1234, 700)
  await library.sort(order)
  vi.advanceTimersByTime(1000)
  await settle()
  transport.calls.length = 0
  library.query = 'apple'
  await settle()
  vi.advanceTimersByTime(1000)
  await settle()
  expect([library.count, library.isCounted]).toEqual([700, true])
  expect(transport.calls.map(({ name }) => name)).toEqual(['findPictures', ...counting])
})

test('while words are typed nothing past the first page is read, and after a pause what is wanted last', async () => {
  const { transport, library } = create(1234, 700)
  await library.load()
  const type = async (query: string) => {
    library.query = query
    await settle()
    vi.advanceTimersByTime(150)
  }
  await type('ap')
  void library.ensure(0, 100)
  await type('app')
  void library.ensure(0, 200)
  await settle()
  const whileTyping = offsets(transport.calls)
  await vi.advanceTimersByTimeAsync(300)
  expect([whileTyping, offsets(transport.calls)]).toEqual([
    ['top', 'top', 'top'],
    ['top', 'top', 'top', 60],
  ])
})

test('while an answer is under way only the newest words wait', async () => {
  const { transport, library } = create(1234, 5)
  await library.load()
  for (const query of ['a', 'ap', 'app', 'appl']) library.query = query
  expect(library.isSearching).toBe(true)
  await settle()
  await settle()
  const asked = transport.calls
    .filter((call) => call.name === 'findPictures')
    .map(({ payload }) => (payload as { filter: { query?: string } }).filter.query)
  expect([asked, library.count, library.isSearching]).toEqual([[undefined, 'a', 'appl'], 5, false])
})

test('a finished candidate appears first, but not among the results of a search', async () => {
  const { transport, library } = create(3)
  await library.load()
  transport.emit({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(9) })
  const before = [library.count, library.at(0)]
  library.query = 'apple'
  transport.emit({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(10) })
  expect([before, library.count]).toEqual([[4, examplePicture(9)], 4])
})

test('pages that were asked for before a picture came are read again at their new places', async () => {
  const { transport, library } = create(1000)
  await library.load()
  const reading = library.ensure(500, 600)
  transport.emit({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(0) })
  await reading
  expect([library.count, offsets(transport.calls)]).toEqual([1001, ['top', 500, 500]])
})

test('what another window deletes leaves the list, and what it restores comes back', async () => {
  const { transport, library } = create(300)
  await library.load()
  transport.emit({ type: 'picturesDeleted', pictureIds: [exampleFound(299).id, exampleFound(298).id] })
  const without = [library.count, library.at(0)]
  transport.emit({ type: 'picturesRestored', pictureIds: [exampleFound(299).id] })
  await settle()
  expect([without, library.count, library.at(0)]).toEqual([[298, exampleFound(297)], 300, exampleFound(299)])
})

test('all that is asked for is listed, whether it was looked at or not', async () => {
  const { library } = create(1234)
  await library.load()
  const all = await library.listAll(2000)
  const some = await library.listAll(700)
  expect([all.length, all.at(-1), some.length, some.at(-1)]).toEqual([1234, exampleFound(0), 700, exampleFound(534)])
})

test('a search can be kept and shown again', async () => {
  const { library } = create(300, 7)
  await library.load()
  library.query = ' apple '
  await library.narrow({ minRating: 3 })
  await library.sort('rating')
  await settle()
  const kept = library.describe('Best apples')
  expect(kept).toEqual({
    name: 'Best apples',
    way: 'words',
    order: 'rating',
    filter: { minRating: 3, query: 'apple' },
  })
  await library.clear()
  const cleared = [library.query, library.filter, library.order, library.count]
  await library.show(kept)
  expect([cleared, library.query, library.filter, library.order, library.count]).toEqual([
    ['', {}, 'newest', 300],
    'apple',
    { minRating: 3 },
    'rating',
    7,
  ])
})

test('while another question is being asked, pages of the list that is shown are read for the question it answers', async () => {
  let answer = () => {}
  const transport = createScriptedTransport({
    countPictures: async () => 1000,
    getTimeline: async () => [],
    findPictures: ({ filter, offset }) => {
      if (filter?.query === undefined)
        return Promise.resolve({ items: [exampleFound(offset === undefined ? 1000 : 500)], nextCursor: 'more' })
      if (offset !== undefined) return Promise.resolve({ items: [exampleFound(99)], nextCursor: 'more' })
      return new Promise((resolve) => (answer = () => resolve({ items: [exampleFound(7)], nextCursor: null })))
    },
  })
  const connection = new Connection(transport)
  const notices = new Notices()
  const library = new LibraryPages(connection, notices, new Marks(connection, notices))
  await library.load()
  const searching = library.narrow({ query: 'cat' })
  await library.ensure(500, 501)
  const shown = library.at(500)?.index
  answer()
  await searching
  expect([shown, library.count, library.at(0)?.index]).toEqual([500, 1, 7])
})

test('a picture drawn, and one deleted, while the list is being read are not undone by an older answer', async () => {
  let pictures = [exampleFound(2), exampleFound(1)]
  let answer = () => {}
  const transport = createScriptedTransport({
    getTimeline: async () => [],
    countPictures: async () => pictures.length,
    findPictures: () => {
      const items = pictures
      return new Promise((resolve) => (answer = () => resolve({ items, nextCursor: null })))
    },
  })
  const connection = new Connection(transport)
  const notices = new Notices()
  const library = new LibraryPages(connection, notices, new Marks(connection, notices))
  const loading = library.load()
  await settle()
  pictures = [exampleFound(3), exampleFound(2)]
  transport.emit({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(3) })
  transport.emit({ type: 'picturesDeleted', pictureIds: [exampleFound(1).id] })
  answer()
  await settle()
  answer()
  await loading
  expect([library.at(0)?.index, library.at(1)?.index, library.count]).toEqual([3, 2, 2])
})
