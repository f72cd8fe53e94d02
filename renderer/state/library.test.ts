import { expect, test } from 'vitest'

import { exampleFound, exampleGenerationId, examplePicture } from '../fake/examples.ts'
import { createScriptedTransport } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { LibraryPages } from './library.svelte.ts'
import { Marks } from './marks.svelte.ts'
import { Notices } from './notices.svelte.ts'

/** A library of `total` pictures, the newest with the highest number. */
function create(total: number) {
  const transport = createScriptedTransport({
    getStudioInfo: async () => ({ version: '0', shell: 'browser', defaultPackId: null, pictureCount: total }),
    findPictures: async ({ order, cursor, limit = 100 }) => {
      const start = Number(cursor ?? 0)
      const end = Math.min(total, start + limit)
      const items = Array.from({ length: end - start }, (_, place) =>
        exampleFound(order === 'oldest' ? start + place : total - 1 - start - place),
      )
      return { items, nextCursor: end < total ? String(end) : null }
    },
  })
  const connection = new Connection(transport)
  const notices = new Notices()
  return { transport, library: new LibraryPages(connection, notices, new Marks(connection, notices)) }
}

test('the first page is read, and the size of the whole is known', async () => {
  const { library } = create(1234)
  await library.load()
  expect([library.count, library.at(0), library.at(200)]).toEqual([1234, exampleFound(1233), undefined])
})

/** What was asked for after the first page. */
const asked = (calls: ReturnType<typeof create>['transport']['calls']) =>
  calls
    .filter((call) => call.name === 'findPictures')
    .slice(1)
    .map(({ payload }) => {
      const { order, cursor } = payload as { order: string; cursor: string | null }
      return `${order} from ${cursor}`
    })

test('the last picture is reached from the end, without reading what lies between', async () => {
  const { transport, library } = create(100_000)
  await library.load()
  await library.ensure(99_900, 100_000)
  expect([
    library.count,
    library.at(99_999),
    library.at(50_000),
    library.indexOf(exampleFound(3).id),
    asked(transport.calls),
  ]).toEqual([100_000, exampleFound(0), undefined, 99_996, ['oldest from null']])
})

test('when both ends have met, every picture is there once and in order', async () => {
  const { transport, library } = create(1500)
  await library.load()
  await library.ensure(1400, 1500)
  await library.ensure(300, 1200)
  const indexes = Array.from({ length: library.count }, (_, place) => library.at(place)?.index)
  expect([indexes, asked(transport.calls).length]).toEqual([
    Array.from({ length: 1500 }, (_, place) => 1499 - place),
    3,
  ])
})

test('a search knows its count only at its end', async () => {
  const { library } = create(1234)
  await library.load()
  library.query = 'apple'
  await library.load()
  const before = [library.count, library.isCounted]
  await library.ensure(0, 5000)
  const during = [library.count, library.isCounted]
  await library.ensure(700, 800)
  await library.ensure(1200, 1300)
  expect([before, during, [library.count, library.isCounted]]).toEqual([
    [201, false],
    [1234, true],
    [1234, true],
  ])
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
