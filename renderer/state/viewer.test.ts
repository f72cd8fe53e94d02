import { expect, test } from 'vitest'

import { exampleDetail, exampleFound, examplePicture } from '../fake/examples.ts'
import { createScriptedTransport, settle } from '../fake/scripted-transport.ts'
import { Comparison } from './comparison.svelte.ts'
import { Connection } from './connection.svelte.ts'
import { LibraryPages } from './library.svelte.ts'
import { Marks } from './marks.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Viewer } from './viewer.svelte.ts'

test('arrows walk the neighbours and stop at the ends; each detail is read once', async () => {
  const pictures = [0, 1, 2].map((index) => examplePicture(index))
  const transport = createScriptedTransport({
    getPicture: async ({ pictureId }) => exampleDetail(pictures.findIndex((picture) => picture.id === pictureId)),
  })
  const viewer = new Viewer(new Connection(transport), new Notices())
  viewer.open(examplePicture(1), {
    count: 3,
    at: (place) => pictures[place],
    indexOf: (id) => pictures.findIndex((picture) => picture.id === id),
  })
  await settle()
  const walked = [viewer.detail?.index]
  for (const step of [1, 1, -1, -1, -1]) {
    await viewer.step(step)
    await settle()
    walked.push(viewer.detail?.index)
  }
  expect([walked, transport.calls.length]).toEqual([[1, 2, 2, 1, 0, 0], 3])
  viewer.close()
  expect([viewer.isOpen, viewer.picture, viewer.detail]).toEqual([false, null, null])
})

test('arrows go on into places of a long list that nobody has looked at', async () => {
  const total = 500
  const transport = createScriptedTransport({
    countPictures: async () => total,
    getTimeline: async () => [],
    getPicture: async () => exampleDetail(0),
    findPictures: async ({ offset = 0, limit = 100 }) => {
      const end = Math.min(total, offset + limit)
      const items = Array.from({ length: end - offset }, (_, place) => exampleFound(offset + place))
      return { items, nextCursor: end < total ? String(end) : null }
    },
  })
  const connection = new Connection(transport)
  const notices = new Notices()
  const library = new LibraryPages(connection, notices, new Marks(connection, notices))
  const viewer = new Viewer(connection, notices)
  await library.load()
  viewer.open(exampleFound(0), library)
  for (let presses = 0; presses < total + 5; presses += 1) await viewer.step(1)
  expect([viewer.picture?.index, library.at(total - 1)?.index]).toEqual([total - 1, total - 1])
  for (let presses = 0; presses < total + 5; presses += 1) await viewer.step(-1)
  expect([viewer.picture?.index, transport.calls.filter(({ name }) => name === 'findPictures').length]).toEqual([0, 4])
})

test('whoever closes while the next place is read is not brought back', async () => {
  const pictures = [exampleFound(0), exampleFound(1)]
  let read = () => {}
  let count = 1
  const list = {
    count: 2,
    at: (place: number) => (place < count ? pictures[place] : undefined),
    indexOf: () => 0,
    ensure: async (first: number, end: number) => {
      if (first !== 1 || end !== 2) return
      await new Promise<void>((resolve) => (read = resolve))
      count = 2
    },
  }
  const transport = createScriptedTransport({ getPicture: async () => exampleDetail(0) })
  const viewer = new Viewer(new Connection(transport), new Notices())
  viewer.open(exampleFound(0), list)
  const presses = [viewer.step(1)]
  viewer.close()
  read()
  await Promise.all(presses)
  expect(viewer.picture).toBe(null)
})

test('two to four pictures can be compared; a fifth pushes the first out', () => {
  const comparison = new Comparison()
  const can = [0, 1, 2, 3, 4].map((index) => {
    comparison.toggle(examplePicture(index))
    return comparison.canOpen
  })
  comparison.open()
  expect([can, comparison.isOpen, comparison.pictures.map(({ index }) => index)]).toEqual([
    [false, true, true, true, true],
    true,
    [1, 2, 3, 4],
  ])
  for (const index of [1, 2, 3]) comparison.toggle(examplePicture(index))
  expect([comparison.isOpen, comparison.pictures.map(({ index }) => index)]).toEqual([false, [4]])
})

test('details of a run that has gone on are read again', async () => {
  const transport = createScriptedTransport({ getPicture: async () => exampleDetail(1) })
  const viewer = new Viewer(new Connection(transport), new Notices())
  const reads = async () => {
    await viewer.read(examplePicture(1).id)
    return transport.calls.length
  }
  const counts = [await reads(), await reads()]
  transport.emit({ type: 'generationEnded', generation: exampleDetail(1).generation })
  counts.push(await reads())
  transport.emit({ type: 'libraryReplaced' })
  counts.push(await reads())
  expect(counts).toEqual([1, 1, 2, 3])
})

test('the details of the picture in sight follow its run, and no answer from before stays', async () => {
  const answers: ((rank: number) => void)[] = []
  const transport = createScriptedTransport({
    getPicture: () => new Promise((resolve) => answers.push((rank) => resolve({ ...exampleDetail(1), rank }))),
  })
  const viewer = new Viewer(new Connection(transport), new Notices())
  const changed = () => transport.emit({ type: 'generationEnded', generation: exampleDetail(1).generation })
  viewer.open(examplePicture(1), { count: 1, at: () => examplePicture(1), indexOf: () => 0 })
  changed()
  answers[0]?.(7)
  await settle()
  answers[1]?.(2)
  await settle()
  const ranks = [viewer.detail?.rank]
  changed()
  answers[2]?.(3)
  await settle()
  ranks.push(viewer.detail?.rank)
  expect(ranks).toEqual([2, 3])
})
