import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { copyWhole } from './copy-whole.ts'

let folder: string
let file: string
let target: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-copy-'))
  file = join(folder, 'picture.png')
  mkdirSync(join(folder, 'pictures'))
  target = join(folder, 'pictures/easel.png')
  writeFileSync(file, Buffer.alloc(1_000_000, 'picture'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a file is copied whole, and nothing else is left', async () => {
  expect(await copyWhole(file, target)).toBe(true)
  expect(readFileSync(target).equals(readFileSync(file))).toBe(true)
  expect(readdirSync(join(folder, 'pictures'))).toEqual(['easel.png'])
})

test('what is there already is left as it is, a link that leads nowhere too', async () => {
  writeFileSync(target, 'of somebody')
  const link = join(folder, 'pictures/link.png')
  symlinkSync(join(folder, 'nowhere'), link)
  expect([await copyWhole(file, target), await copyWhole(file, link)]).toEqual([false, false])
  expect(readFileSync(target, 'utf8')).toBe('of somebody')
  expect(readdirSync(folder).sort()).toEqual(['picture.png', 'pictures'])
})

test('many at once under one name: one of them is it', async () => {
  const copied = await Promise.all(Array.from({ length: 8 }, () => copyWhole(file, target)))
  expect(copied.filter(Boolean)).toHaveLength(1)
  expect(readdirSync(join(folder, 'pictures'))).toEqual(['easel.png'])
})

test('killed in the middle, it leaves the whole file under the name or nothing, and the next time is a good one', async () => {
  writeFileSync(file, Buffer.alloc(64_000_000, 'picture'))
  const script = `import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'copy-whole.ts')).href)}).then((m) => m.copyWhole(...process.argv.slice(1)))`
  const child = spawn(process.execPath, ['-e', script, file, target])
  // As soon as there is anything at all in the folder.
  const watcher = watch(join(folder, 'pictures'), () => child.kill('SIGKILL'))
  await once(child, 'close')
  watcher.close()
  if (existsSync(target)) expect(statSync(target).size).toBe(64_000_000)
  await copyWhole(file, target)
  expect(readFileSync(target).equals(readFileSync(file))).toBe(true)
})
