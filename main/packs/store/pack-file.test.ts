import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack as packTar, type Pack } from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { makeTinyPack } from '../tiny/make-tiny-pack.ts'

import { installPackFile, writePackFile } from './pack-file.ts'
import { createPackStore, type PackStore } from './pack-store.ts'

let base: string
let store: PackStore
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-pack-file-'))
  store = createPackStore({ installed: join(base, 'packs'), shipped: [] })
  await makeTinyPack(join(base, 'tiny'))
})
afterAll(() => rm(base, { recursive: true }))

test('a pack becomes one file, always the same, and a pack again', async () => {
  const files = ['one', 'two'].map((name) => join(base, `${name}.easelpack`))
  for (const file of files) await writePackFile(join(base, 'tiny'), file)
  expect(await readFile(files[0]!)).toEqual(await readFile(files[1]!))
  const { summary } = await installPackFile(store, files[0]!)
  expect(summary).toMatchObject({ id: 'tiny', canRank: true })
  expect((await readdir(join(base, 'packs', 'tiny'))).sort()).toEqual((await readdir(join(base, 'tiny'))).sort())
})

test('it is never written over a file', async () => {
  const file = join(base, 'mine')
  await writeFile(file, 'mine')
  await expect(writePackFile(join(base, 'tiny'), file)).rejects.toMatchObject({ code: 'storageFailed' })
  expect(await readFile(file, 'utf8')).toBe('mine')
})

test.each<[string, Parameters<Pack['entry']>[0][], string]>([
  ['a way out', [{ name: '../x' }], 'The pack file holds a file named "../x".'],
  ['an absolute path', [{ name: '/tmp/x' }], 'The pack file holds a file named "/tmp/x".'],
  ['a folder in a name', [{ name: 'a/b' }], 'The pack file holds a file named "a/b".'],
  ['a hidden file', [{ name: '.x' }], 'The pack file holds a file named ".x".'],
  [
    'a link',
    [{ name: 'x', type: 'symlink', linkname: '/etc/passwd' }],
    'The pack file holds "x", which is not a plain',
  ],
  ['a device', [{ name: 'x', type: 'character-device' }], 'The pack file holds "x", which is not a plain file.'],
  ['one name twice', [{ name: 'x' }, { name: 'X' }], 'The pack file holds "X" twice.'],
  [
    'too many files',
    Array.from({ length: 65 }, (_, i) => ({ name: `x${i}` })),
    'The pack file holds more than 64 files.',
  ],
  ['nothing', [], 'The pack file holds nothing.'],
])('%s is refused', async (_what, headers, message) => {
  const file = join(base, 'hostile.easelpack')
  const tar = packTar()
  for (const header of headers) tar.entry(header, '')
  tar.finalize()
  await pipeline(tar, createWriteStream(file))
  await expect(installPackFile(store, file)).rejects.toMatchObject({
    code: 'packInvalid',
    message: expect.stringContaining(message) as unknown,
  })
})

test.each([
  ['no tar', Buffer.from('no tar'.repeat(200))],
  ['a tar that is cut off', Buffer.alloc(0)],
])('%s is refused', async (what, bytes) => {
  const file = join(base, 'broken.easelpack')
  await writePackFile(join(base, 'tiny'), join(base, `${what}.easelpack`))
  const whole = await readFile(join(base, `${what}.easelpack`))
  await writeFile(file, bytes.length > 0 ? bytes : whole.subarray(0, whole.length / 2))
  await expect(installPackFile(store, file)).rejects.toMatchObject({ code: 'packInvalid' })
})
