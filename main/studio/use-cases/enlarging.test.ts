import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { ExportUpscale } from '#app/contract/browsing-calls.ts'
import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { PackId, PictureId } from '#app/domain/ids.ts'
import { openLibrary } from '#main/library/open-library.ts'

import { createStudio, type Studio } from '../studio.ts'
import { createFakeEngine } from '../testing/fake-engine.ts'
import { createFakePacks, fakePack, fakeUpscaler } from '../testing/fake-packs.ts'

const engine = createFakeEngine()
const double = 'double' as PackId
const how = { format: 'png', scale: 2, upscale: double, hasReceipt: true } as const
let folder: string
let studio: Studio
let pictureIds: readonly PictureId[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-enlarging-'))
  studio = createStudio({
    library: await openLibrary({ folder: join(folder, 'library') }),
    packs: createFakePacks([fakePack('starter')], [fakeUpscaler(double)]),
    ...{ engine, version: '1.2.3', shell: 'cli' },
  })
  const { id } = await studio.api.generate({ prompt: 'an ox', candidates: 3, seed: 7 })
  await studio.whenIdle()
  const { pictures } = await studio.api.getGeneration({ generationId: id })
  pictureIds = pictures.map((picture) => picture.id)
})
afterAll(async () => {
  await studio.close()
  await rm(folder, { recursive: true, force: true })
})

test('an upscaler makes the pixels, the receipt stays, and its memory is given back', async () => {
  const file = await studio.api.exportPictures({ ...how, pictureIds: pictureIds.slice(0, 1) })
  const bytes = Buffer.from(file!.base64, 'base64')
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height, new Set(data)]).toEqual([8, 12, new Set([77])])
  expect(await studio.api.readReceipt({ base64: file!.base64 })).toMatchObject({ prompt: 'an ox', seed: 7 })
  expect(engine.upscales).toMatchObject([
    { packId: double, folder: '/packs/double', scale: 2, picture: { width: 4, height: 6 } },
  ])
  expect(engine.unloads).toContain(double)
})

test('progress is told, and a cancelled export ends with nothing', async () => {
  const events: StudioEvent[] = []
  const stop = studio.subscribe((event) => events.push(event))
  await studio.api.exportPictures({ ...how, pictureIds, exportId: 'one' })
  expect(events.filter(({ type }) => type === 'exportProgressed')).toEqual(
    [1, 2, 3].map((done) => ({ type: 'exportProgressed', exportId: 'one', done, total: 3 })),
  )
  let open = (): void => {}
  engine.gate = new Promise((resolve) => (open = resolve))
  const asked = engine.upscales.length
  const cancelled = studio.api.exportPictures({ ...how, pictureIds, exportId: 'two' })
  await expect.poll(() => engine.upscales.length).toBe(asked + 1)
  await studio.api.cancelExport({ exportId: 'two' })
  open()
  engine.gate = undefined
  expect(await cancelled).toBeNull()
  expect(engine.upscales.length).toBe(asked + 1)
  await studio.api.cancelExport({ exportId: 'never' })
  stop()
})

test('what is not allowed is answered with what is', async () => {
  const attempt = (upscale: string, scale: 2 | 4) =>
    studio.api.exportPictures({ ...how, pictureIds, scale, upscale: upscale as ExportUpscale })
  await expect(attempt('magic', 2)).rejects.toThrow(
    '"magic" is no way to enlarge pictures; allowed are: lanczos, squares, double.',
  )
  await expect(attempt('starter', 2)).rejects.toThrow('allowed are: lanczos, squares, double.')
  await expect(attempt('double', 4)).rejects.toThrow('"double" enlarges by 1, 2, not by 4.')
})

test('an upscaler is listed apart, never drawn with, and removed as a pack is', async () => {
  expect((await studio.api.listUpscalers()).map(({ id }) => id)).toEqual([double])
  expect((await studio.api.listPacks()).map(({ id }) => id)).toEqual(['starter'])
  expect((await studio.api.getStudioInfo()).defaultPackId).toBe('starter')
  await expect(studio.api.generate({ prompt: 'an ox', packId: double })).rejects.toMatchObject({ code: 'packMissing' })
  await studio.api.removePack({ packId: double })
  expect(await studio.api.listUpscalers()).toEqual([])
})
