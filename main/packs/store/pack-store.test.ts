import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import type { PackId } from '#app/domain/ids.ts'

import { makeTinyPack } from '../tiny/make-tiny-pack.ts'

import { createPackStore, type PackStore } from './pack-store.ts'
import { packPlaces } from './places.ts'

const tiny = 'tiny' as PackId
let base: string
let source: string
let installed: string
let store: PackStore

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-packs-'))
  source = join(base, 'source')
  await makeTinyPack(source)
})
afterAll(() => rm(base, { recursive: true }))

beforeEach(async () => {
  installed = join(await mkdtemp(join(base, 'data-')), 'packs')
  store = createPackStore({ installed, shipped: [] })
})

const ids = async (from: PackStore) => (await from.list()).map(({ summary }) => summary.id)

test('nothing is installed: the list is empty and a pack is missing by name', async () => {
  expect(await store.list()).toEqual([])
  await expect(store.find(tiny)).rejects.toMatchObject({
    code: 'packMissing',
    message: 'There is no pack "tiny". The packs are: none.',
  })
})

test('a file in the place of the folder of packs is named', async () => {
  await writeFile(installed, '')
  await expect(store.list()).rejects.toMatchObject({
    code: 'storageFailed',
    message: `${installed} is not a folder of packs that can be read.`,
  })
})

test('an installed pack is listed, found and removed', async () => {
  const pack = await store.install(source)
  expect(pack).toMatchObject({ folder: join(installed, 'tiny'), isShipped: false, summary: { canRank: true } })
  expect(await store.find(tiny)).toEqual(pack)
  await store.remove(tiny)
  expect(await readdir(installed)).toEqual([])
  await expect(store.remove(tiny)).rejects.toMatchObject({ code: 'packMissing' })
})

test('installing a pack again replaces it', async () => {
  const other = join(base, 'other')
  await makeTinyPack(other, { seed: 2 })
  const first = await store.install(source)
  const second = await store.install(other)
  expect(second.summary.sha256).not.toBe(first.summary.sha256)
  expect(await readdir(installed)).toEqual(['tiny'])
})

test('a shipped pack gives way to an installed one of the same id', async () => {
  const withShipped = createPackStore({ installed, shipped: [source, join(base, 'not-there')] })
  expect((await withShipped.find(tiny)).isShipped).toBe(true)
  await withShipped.install(source)
  expect((await withShipped.list()).map(({ isShipped }) => isShipped)).toEqual([false])
})

test('a broken pack is told apart and does not hide the others', async () => {
  await store.install(source)
  await cp(source, join(installed, 'damaged'), { recursive: true })
  await writeFile(join(installed, 'damaged', 'vae-decoder.onnx'), 'x')
  await writeFile(join(installed, 'stray.txt'), 'x')
  expect(await ids(store)).toEqual(['tiny'])
  expect((await store.listBroken()).map(({ folder, error }) => [folder, error.code])).toEqual([
    [join(installed, 'damaged'), 'packInvalid'],
    [join(installed, 'stray.txt'), 'packInvalid'],
  ])
  await expect(store.find('other' as PackId)).rejects.toMatchObject({
    code: 'packMissing',
    message: expect.stringContaining('The packs are: tiny. The one in ') as unknown,
  })
  await expect(store.find('damaged' as PackId)).rejects.toMatchObject({ code: 'packInvalid' })
})

test('a pack that changes on disk is looked at again', async () => {
  const { folder } = await store.install(source)
  await writeFile(join(folder, 'extra.bin'), 'x')
  expect(await store.list()).toEqual([])
  await rm(join(folder, 'extra.bin'))
  expect(await ids(store)).toEqual(['tiny'])
})

test('a refused pack leaves nothing behind', async () => {
  const linked = join(base, 'linked')
  await cp(source, linked, { recursive: true })
  await rm(join(linked, 'tokenizer.json'))
  await symlink('/etc/hostname', join(linked, 'tokenizer.json'))
  await expect(store.install(linked)).rejects.toMatchObject({
    code: 'packInvalid',
    message: 'tokenizer.json: not a regular file.',
  })
  await expect(store.install(join(base, 'not-there'))).rejects.toMatchObject({ code: 'packInvalid' })
  expect(await readdir(installed)).toEqual([])
})

test('leftovers of interrupted work go, and a half-replaced pack comes back', async () => {
  const { folder } = await store.install(source)
  const uuid = '01234567-89ab-cdef-0123-456789abcdef'
  await rename(folder, join(installed, `.replaced-${uuid}-tiny`))
  for (const name of [`.installing-${uuid}`, `.removed-${uuid}`]) await mkdir(join(installed, name))
  expect(await ids(store)).toEqual([])
  await store.collectLeftovers()
  expect(await readdir(installed)).toEqual(['tiny'])
  expect(await ids(store)).toEqual(['tiny'])
})

test('EASEL_PACKS names one pack or a folder of packs', () => {
  const places = (override: string) => packPlaces({ dataFolder: '/data', shipped: '/app/pack', override })
  expect([places(''), places(source), places(base)]).toEqual([
    { installed: join('/data', 'packs'), shipped: ['/app/pack'] },
    { installed: join('/data', 'packs'), shipped: [source] },
    { installed: base, shipped: [] },
  ])
})
