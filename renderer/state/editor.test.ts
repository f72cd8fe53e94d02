import { expect, test } from 'vitest'

import { exampleDetail } from '../fake/examples.ts'
import { createScriptedTransport } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { Editor } from './editor.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Viewer } from './viewer.svelte.ts'

async function open() {
  const transport = createScriptedTransport({ getPicture: async () => exampleDetail(1) })
  const editor = new Editor(new Viewer(new Connection(transport), new Notices()))
  await editor.open(exampleDetail(1), null)
  return editor
}
/** `#` stays, `.` is drawn anew. */
const drawing = (editor: Editor) =>
  [0, 4, 8].map((start) =>
    editor.kept
      .slice(start, start + 4)
      .map((isKept) => (isKept ? '#' : '.'))
      .join(''),
  )
const id = exampleDetail(1).id

test('it opens with the upper half kept, and whole rows are asked for as rows', async () => {
  const editor = await open()
  const opened = [drawing(editor), editor.toImagePrompt()]
  editor.keepRows(2)
  expect([opened, drawing(editor), editor.toImagePrompt()]).toEqual([
    [['####', '....', '....'], { pictureId: id, keep: { kind: 'rows', rows: 1 } }],
    ['####', '####', '....'],
    { pictureId: id, keep: { kind: 'rows', rows: 2 } },
  ])
})

test('a brush paints a square, and kept cells after the first new one are out of its sight', async () => {
  const editor = await open()
  editor.keepAll()
  editor.tool = 'redraw'
  editor.brush = 3
  editor.paint(0, 3)
  expect([
    drawing(editor),
    editor.firstFree,
    editor.keptCount,
    editor.unseenCount,
    editor.toImagePrompt()?.keep.kind,
  ]).toEqual([['##..', '##..', '####'], 2, 8, 6, 'mask'])
})

test('undo and redo walk the strokes; a new stroke ends what could be redone', async () => {
  const editor = await open()
  editor.mark()
  editor.keepRows(3)
  editor.mark()
  editor.keepRows(0)
  editor.undo()
  const once = drawing(editor)
  editor.undo()
  const twice = drawing(editor)
  editor.redo()
  const again = drawing(editor)
  editor.mark()
  editor.keepNone()
  expect([once, twice, again, editor.canRedo]).toEqual([
    ['####', '####', '####'],
    ['####', '....', '....'],
    ['####', '####', '####'],
    false,
  ])
})

test('keeping everything leaves nothing to draw', async () => {
  const editor = await open()
  editor.keepAll()
  expect(editor.toImagePrompt()).toBeNull()
})
