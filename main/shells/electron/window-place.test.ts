import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { readWindowPlace, writeWindowPlace } from './window-place.ts'

const screen = { x: 0, y: 0, width: 1920, height: 1080 }
const bounds = { x: 100, y: 50, width: 1000, height: 800 }
let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-place-'))
  file = join(folder, 'window.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a place is read as it was written', () => {
  writeWindowPlace(file, { bounds, isMaximized: true })
  expect(readWindowPlace(file, [screen])).toEqual({ bounds, isMaximized: true })
})

test.each([
  ['a screen that is gone', [{ ...screen, x: 5000 }]],
  ['a title bar above the screen', [{ ...screen, y: 60 }]],
  ['no screen', []],
])('%s: the default place', (_what, screens) => {
  writeWindowPlace(file, { bounds, isMaximized: false })
  expect(readWindowPlace(file, screens)).toBeUndefined()
})

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"bounds":{},"isMaximized":true}',
  '{"bounds":{"x":0,"y":0,"width":1,"height":1},"isMaximized":false}',
  '{"bounds":{"x":1e99,"y":0,"width":900,"height":900},"isMaximized":false}',
])('a file with %j is as none', (text) => {
  writeFileSync(file, text)
  expect(readWindowPlace(file, [screen])).toBeUndefined()
})

test('a folder that cannot be written is no failure', () => {
  expect(() => writeWindowPlace(join(folder, 'no', 'file'), { bounds, isMaximized: false })).not.toThrow()
})
