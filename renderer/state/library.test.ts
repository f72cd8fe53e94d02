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
    findPictures: async ({ cursor, limit = 100 }) => {
      const start = Number(cursor ?? 0)
      const end = Math.min(total, start + limit)
      const items = Array.from({ length: end - start }, (_, place) => exampleFound(total - 1 - start - place))
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
  expect([library.loadedCount, library.count, library.at(0), library.at(200)]).toEqual([
    200,
    1234,
    exampleFound(1233),
    undefined,
  ])
})

test('the last picture is reached by following the pages, each read once', async () => {
  const { transport, library } = create(1234)
  await library.load()
  await Promise.all([library.ensure(1233), library.ensure(900)])
  const cursors = transport.calls
    .filter((call) => call.name === 'findPictures')
    .map((call) => (call.payload as { cursor: string | null }).cursor)
  expect([library.loadedCount, library.at(1233), cursors]).toEqual([
    1234,
    exampleFound(0),
    [null, '200', '700', '1200'],
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
