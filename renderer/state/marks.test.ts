import { expect, test } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import type { PictureId } from '#app/domain/ids.ts'
import { exampleFound, exampleGeneration, examplePicture } from '../fake/examples.ts'
import { createScriptedTransport } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { Marks } from './marks.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Selection } from './selection.svelte.ts'

const [first, second] = [examplePicture(1).id, examplePicture(2).id]

function create(answers: Parameters<typeof createScriptedTransport>[0]) {
  const transport = createScriptedTransport(answers)
  const notices = new Notices()
  return { transport, notices, marks: new Marks(new Connection(transport), notices) }
}

test('stars are given, and the same stars again take them away', async () => {
  const { transport, marks } = create({ ratePictures: async () => undefined })
  await marks.rate([first, second], 4)
  const given = [marks.rating(first), marks.rating(second)]
  await marks.rate([first], 4)
  expect([given, marks.rating(first), transport.calls.map(({ payload }) => payload)]).toEqual([
    [4, 4],
    0,
    [
      { pictureIds: [first, second], rating: 4 },
      { pictureIds: [first], rating: 0 },
    ],
  ])
})

test('stars that the library refuses are taken back, and it says why', async () => {
  const { marks, notices } = create({
    ratePictures: async () => {
      throw new StudioError('libraryReadOnly', 'The folder cannot be written to.')
    },
  })
  marks.learn([exampleFound(1, { rating: 2 })])
  await marks.rate([first], 5)
  expect([marks.rating(first), notices.items.map(({ code }) => code)]).toEqual([2, ['libraryReadOnly']])
})

test('the stars of a run are asked for with it', async () => {
  const { transport, marks } = create({
    findPictures: async () => ({ items: [exampleFound(1, { rating: 3 })], nextCursor: null }),
  })
  await marks.readRun(exampleGeneration())
  expect([marks.rating(first), marks.rating(second), transport.calls[0]?.payload]).toEqual([
    3,
    0,
    { filter: { generationId: exampleGeneration().id }, limit: 500 },
  ])
})

test('deleting can be undone while it is offered', async () => {
  const { marks } = create({ deletePictures: async () => undefined, restorePictures: async () => undefined })
  await marks.remove([first, second])
  const deleted = [marks.isInTrash(first), marks.undoable]
  await marks.restore(marks.undoable)
  expect([deleted, marks.isInTrash(first), marks.undoable]).toEqual([[true, [first, second]], false, []])
})

test('a range runs from the picture chosen last, in either direction', () => {
  const selection = new Selection()
  const list = listOf([0, 1, 2, 3])
  selection.toggle(examplePicture(3))
  selection.extend(1, list)
  const back = selection.pictures.map(({ index }) => index)
  selection.toggle(examplePicture(3))
  expect([back, selection.size, selection.has(examplePicture(3).id)]).toEqual([[3, 1, 2], 2, false])
})

test('a range starts at the picture chosen last wherever it stands by now, and nowhere else', () => {
  const selection = new Selection()
  const chosen = () => selection.pictures.map(({ index }) => index)
  selection.toggle(examplePicture(1))
  selection.extend(3, listOf([8, 9, 0, 1, 2]))
  const moved = chosen()
  selection.clear()
  selection.extend(2, listOf([0, 1, 2, 3]))
  const alone = chosen()
  selection.extend(3, listOf([0, 1, 2, 3]))
  const fromThere = chosen()
  selection.drop([examplePicture(3).id])
  selection.extend(1, listOf([7, 6]))
  expect([moved, alone, fromThere, chosen()]).toEqual([[1], [2], [2, 3], [2, 6]])
})

function listOf(indices: readonly number[]) {
  const pictures = indices.map((index) => examplePicture(index))
  return {
    at: (place: number) => pictures[place],
    indexOf: (id: PictureId) => pictures.findIndex((picture) => picture.id === id),
  }
}
