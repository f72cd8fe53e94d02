import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { nodeFileSystem } from '../files/file-system.ts'
import { makeQuickFolder } from '../testing/folders.ts'
import { isBackupDue } from './backups.ts'

const now = Date.UTC(2026, 10, 23, 12)
const hourMs = 3_600_000
let folder: string
beforeEach(() => {
  folder = makeQuickFolder('backups')
  mkdirSync(join(folder, 'backups'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it.each([
  { name: 'there is none', hours: [], isDue: true },
  { name: 'the newest is a day old', hours: [-48, -24], isDue: true },
  { name: 'there is one of today', hours: [-48, -23], isDue: false },
  { name: 'the clock was set back by an hour since', hours: [-48, 1], isDue: false },
  { name: 'the clock was ahead by a year once', hours: [-48, 8760], isDue: true },
  { name: 'it was, and there is one of today since', hours: [-1, 8760], isDue: false },
])('a backup is due: $isDue, when $name', ({ hours, isDue }) => {
  for (const hour of hours) {
    const time = new Date(now + hour * hourMs).toISOString().replaceAll(/[:.]/g, '-')
    writeFileSync(join(folder, 'backups', `easel-${time}.db`), '')
  }
  expect(isBackupDue(nodeFileSystem, folder, now)).toBe(isDue)
})
