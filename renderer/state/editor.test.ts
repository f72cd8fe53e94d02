import { expect, test } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import type { ImagePrompt } from '#app/domain/generation.ts'
import type { PictureDetail } from '#app/domain/picture.ts'

import { exampleDetail } from '../fake/examples.ts'
import { createScriptedTransport } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { Editor } from './editor.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Packs } from './packs.svelte.ts'
import { Viewer } from './viewer.svelte.ts'

async function open(changes: Partial<PictureDetail> = {}, current: ImagePrompt | null = null) {
  const picture = { ...exampleDetail(1), ...changes }
  const connection = new Connection(createScriptedTransport({ getPicture: async () => picture }))
  const notices = new Notices()
  const editor = new Editor(new Viewer(connection, notices), new Packs(connection, notices))
  await editor.open(picture, current)
  return editor
}
/** One row of two colours above two rows of two places. */
const painted = { rows: 3, columns: 2, tokens: [1, 2, 31, 32, 41, 42] }
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

test('a box is of the brush in hand, shrinks while it is drawn, and is undone as one', async () => {
  const editor = await open()
  editor.keepAll()
  editor.tool = 'redraw'
  editor.mark()
  editor.paintBox(10, 1)
  const large = drawing(editor)
  editor.paintBox(10, 5)
  const small = drawing(editor)
  editor.tool = 'keep'
  editor.mark()
  editor.paintBox(5, 5)
  const keptAgain = drawing(editor)
  editor.undo()
  editor.undo()
  expect([large, small, keptAgain, drawing(editor)]).toEqual([
    ['#..#', '#..#', '#..#'],
    ['####', '#..#', '#..#'],
    ['####', '##.#', '#..#'],
    ['####', '####', '####'],
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

test('of a picture with a palette, places are masked and the colours have a switch of their own', async () => {
  const editor = await open(painted)
  expect([editor.places, editor.hasPalette, editor.kept, editor.toImagePrompt()]).toEqual([
    { rows: 2, columns: 2, first: 2 },
    true,
    [true, true, false, false],
    { pictureId: id, keep: { kind: 'rows', rows: 1 }, isPaletteKept: true },
  ])
  editor.mark()
  editor.recolour()
  const recoloured = [editor.canDraw, editor.toImagePrompt()]
  editor.undo()
  expect([recoloured, editor.isPaletteKept, editor.keptCount]).toEqual([
    [true, { pictureId: id, keep: { kind: 'rows', rows: 2 }, isPaletteKept: false }],
    true,
    2,
  ])
  editor.reshape()
  expect(editor.toImagePrompt()).toEqual({ pictureId: id, keep: { kind: 'rows', rows: 0 }, isPaletteKept: true })
  editor.keepAll()
  expect([editor.canDraw, editor.toImagePrompt()]).toEqual([false, null])
})

test('a picture prompt opens as it was left, colours too', async () => {
  const current: ImagePrompt = {
    pictureId: id,
    keep: { kind: 'mask', cells: [true, false, true, true] },
    isPaletteKept: false,
  }
  const editor = await open(painted, current)
  expect(editor.toImagePrompt()).toEqual(current)
})

test('who closes before the picture is read stays out, and a picture that cannot be read leaves the mask of another alone', async () => {
  let answer: (picture: PictureDetail) => void = () => {}
  let isBroken = false
  const connection = new Connection(
    createScriptedTransport({
      getPicture: () =>
        isBroken
          ? Promise.reject(new StudioError('notFound', 'Gone.'))
          : new Promise<PictureDetail>((resolve) => (answer = resolve)),
    }),
  )
  const notices = new Notices()
  const editor = new Editor(new Viewer(connection, notices), new Packs(connection, notices))
  const first = editor.open(exampleDetail(1), null)
  editor.close()
  answer(exampleDetail(1))
  expect([await first, editor.isOpen]).toEqual([false, false])
  await editor.open(exampleDetail(1), null)
  const before = drawing(editor)
  isBroken = true
  await editor.forkAt(exampleDetail(2), 3)
  expect([drawing(editor), editor.picture?.id]).toEqual([before, exampleDetail(1).id])
})
