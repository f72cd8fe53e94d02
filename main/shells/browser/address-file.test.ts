import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { AddressFile } from './address-file.ts'
import { browserCommand } from './open-browser.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-address-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test.skipIf(process.platform === 'win32')(
  'only its owner can read the address, and no link leads the writing elsewhere',
  () => {
    const target = join(folder, 'target')
    writeFileSync(target, 'untouched')
    symlinkSync(target, join(folder, 'open-easel-4000.html'))
    const file = new AddressFile(4000, folder)
    file.write('http://127.0.0.1:4000/#code=one')
    file.write('http://127.0.0.1:4000/#code=two')
    expect(statSync(file.path).mode & 0o777).toBe(0o600)
    expect(readFileSync(file.path, 'utf8')).toContain('url=http://127.0.0.1:4000/#code=two"')
    expect(readFileSync(target, 'utf8')).toBe('untouched')
    file.remove()
    expect(existsSync(file.path)).toBe(false)
  },
)

test('the command line of the browser holds the name of the file, not the address', () => {
  const { url } = new AddressFile(4000, folder)
  expect(['linux', 'darwin', 'win32'].map((platform) => browserCommand(url, platform as NodeJS.Platform))).toEqual([
    ['xdg-open', url],
    ['open', url],
    ['rundll32', 'url.dll,FileProtocolHandler', url],
  ])
  expect(url).not.toContain('code')
})

test('a folder that cannot be written is told, and nothing fails', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const address = new AddressFile(4000, join(file, 'logs'))
  expect(address.write('http://127.0.0.1:4000/#code=one')).toContain('ENOTDIR')
  expect(() => address.remove()).not.toThrow()
})
