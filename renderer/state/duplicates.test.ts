import { expect, test } from 'vitest'

import { exampleFound } from '../fake/examples.ts'
import { createScriptedTransport } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { Duplicates } from './duplicates.svelte.ts'
import { Marks } from './marks.svelte.ts'
import { Notices } from './notices.svelte.ts'

/** A library of so many pages; each has one group: the second picture has stars, the third the best score. */
function create(pages: number) {
  const transport = createScriptedTransport({
    listDuplicates: async ({ cursor }) => {
      const page = Number(cursor ?? 0)
      const group = [0, 1, 2].map((place) => exampleFound(page * 10 + place, { rating: place === 1 ? 4 : 0 }))
      return { groups: [group], examined: 200, nextCursor: page + 1 < pages ? String(page + 1) : null }
    },
    deletePictures: async () => undefined,
  })
  const connection = new Connection(transport)
  const notices = new Notices()
  const marks = new Marks(connection, notices)
  return { transport, marks, duplicates: new Duplicates(connection, notices, marks) }
}
const shown = (duplicates: Duplicates) => duplicates.groups.map((group) => group.map(({ index }) => index))

test('the best of a group comes first, and the others are the ones to let go', async () => {
  const { duplicates } = create(1)
  await duplicates.open()
  expect([shown(duplicates), duplicates.examined, duplicates.hasMore, duplicates.isLooking]).toEqual([
    [[1, 2, 0]],
    200,
    false,
    false,
  ])
  expect(duplicates.othersOf(duplicates.groups[0]!)).toEqual([exampleFound(2).id, exampleFound(0).id])
})

test('a screen of groups is looked for, and more when asked', async () => {
  const { duplicates } = create(20)
  await duplicates.open()
  const first = [duplicates.groups.length, duplicates.hasMore]
  await duplicates.lookFurther()
  expect([first, duplicates.groups.length, duplicates.hasMore, duplicates.examined]).toEqual([
    [12, true],
    20,
    false,
    4000,
  ])
})

test('a group of which all but one went is none', async () => {
  const { duplicates, marks } = create(2)
  await duplicates.open()
  await marks.remove(duplicates.othersOf(duplicates.groups[0]!))
  expect(shown(duplicates)).toEqual([[11, 12, 10]])
})

test('another strictness begins anew', async () => {
  const { duplicates, transport } = create(1)
  await duplicates.open()
  await duplicates.beStrict(0.9)
  expect(duplicates.groups.length).toBe(1)
  expect(transport.calls.map(({ payload }) => (payload as { minSimilarity: number }).minSimilarity)).toEqual([
    0.97, 0.9,
  ])
})
