import { expect, test } from 'vitest'

import { exampleDetail, examplePicture } from '../fake/examples.ts'
import { createScriptedTransport, settle } from '../fake/scripted-transport.ts'
import { Comparison } from './comparison.svelte.ts'
import { Connection } from './connection.svelte.ts'
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
    viewer.step(step)
    await settle()
    walked.push(viewer.detail?.index)
  }
  expect([walked, transport.calls.length]).toEqual([[1, 2, 2, 1, 0, 0], 3])
  viewer.close()
  expect([viewer.isOpen, viewer.picture, viewer.detail]).toEqual([false, null, null])
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
