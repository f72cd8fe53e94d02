import { unzipSync } from 'fflate'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { StudioEvent } from '#app/contract/studio-api.ts'
import { openLibrary } from '#main/library/open-library.ts'

import { createStudio, type Studio } from '../studio.ts'
import { createFakeEngine } from '../testing/fake-engine.ts'
import { createFakePacks, fakePack } from '../testing/fake-packs.ts'

let folder: string
let studio: Studio

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-browsing-'))
  studio = createStudio({
    library: await openLibrary({ folder: join(folder, 'library') }),
    engine: createFakeEngine(),
    packs: createFakePacks([fakePack('starter')]),
    version: '1.2.3',
    shell: 'cli',
  })
})
afterAll(async () => {
  await studio.close()
  await rm(folder, { recursive: true, force: true })
})

async function draw(prompt: string, candidates: number) {
  const { id } = await studio.api.generate({ prompt, candidates, seed: 7 })
  await studio.whenIdle()
  return studio.api.getGeneration({ generationId: id })
}

describe('continuing a run', () => {
  it('draws the pictures that the run would have had, had it been asked for them at first', async () => {
    const whole = await draw('an ox', 5)
    const { generation } = await draw('an ox', 2)
    const longer = await studio.api.continueGeneration({ generationId: generation.id, more: 3 })
    expect(longer).toMatchObject({ id: generation.id, state: 'queued', candidates: 5 })
    await studio.whenIdle()
    const { pictures } = await studio.api.getGeneration({ generationId: generation.id })
    const tokensOf = async (all: typeof pictures) => {
      const details = await Promise.all(all.map(({ id }) => studio.api.getPicture({ pictureId: id })))
      return details.map(({ index, tokens }) => [index, tokens]).sort()
    }
    expect(await tokensOf(pictures)).toEqual(await tokensOf(whole.pictures))
  })

  it('says how many more there can be', async () => {
    const { generation } = await draw('an eel', 1)
    await expect(studio.api.continueGeneration({ generationId: generation.id, more: 512 })).rejects.toMatchObject({
      code: 'invalidRequest',
      message: 'A run has at most 512 candidates; this one has 1, so at most 511 more.',
    })
  })
})

async function exported(how: Parameters<Studio['api']['exportPictures']>[0]) {
  const file = await studio.api.exportPictures(how)
  if (file === null) throw new Error('The export was cancelled.')
  return file
}

describe('exporting', () => {
  it.each(['png', 'webp', 'jpeg'] as const)('%s brings the settings back, unless they are left out', async (format) => {
    const { generation, pictures } = await draw(`a ${format} of 红`, 1)
    const pictureIds = pictures.map(({ id }) => id)
    for (const scale of [1, 4] as const) {
      const file = await exported({ pictureIds, format, scale, hasReceipt: true })
      const pixels = await sharp(Buffer.from(file.base64, 'base64')).metadata()
      expect([pixels.format, pixels.width]).toEqual([format, pictures[0]!.width * scale])
      expect(await studio.api.readReceipt({ base64: file.base64 })).toEqual({
        pictureId: pictureIds[0],
        isInLibrary: true,
        prompt: generation.prompt,
        seed: 7,
        index: 0,
        candidates: 1,
        settings: generation.settings,
        imagePrompt: null,
        hadImagePrompt: false,
        pack: generation.pack,
        createdAt: pictures[0]!.createdAt,
      })
    }
    const bare = await exported({ pictureIds, format, hasReceipt: false })
    expect(await studio.api.readReceipt({ base64: bare.base64 })).toBeNull()
    expect(Buffer.from(bare.base64, 'base64').includes(generation.prompt)).toBe(false)
  })

  it('enlarges pixels to squares, or smoothly between them', async () => {
    const file = join(folder, 'edge.png')
    const edge = Buffer.from([0, 0, 0, 0, 250, 250, 250, 250].flatMap((grey) => [grey, grey, grey]))
    await sharp(edge, { raw: { width: 8, height: 1, channels: 3 } })
      .resize(8, 8, { kernel: 'nearest' })
      .png()
      .toFile(file)
    expect(studio.library.importPictures({ files: [file] })).toMatchObject({ added: 1, refused: [] })
    const [picture] = (await studio.api.findPictures({ filter: { origin: 'file' }, limit: 1 })).items
    const firstRow = async (upscale: 'squares' | 'lanczos') => {
      const how = { format: 'png', scale: 2, upscale, hasReceipt: false } as const
      const { base64 } = await exported({ pictureIds: [picture!.id], ...how })
      const grey = await sharp(Buffer.from(base64, 'base64')).removeAlpha().extractChannel(0).raw().toBuffer()
      return [...grey.subarray(0, 16)]
    }
    expect(await firstRow('squares')).toEqual([...Array<number>(8).fill(0), ...Array<number>(8).fill(250)])
    const smooth = await firstRow('lanczos')
    expect(smooth.filter((grey) => grey > 20 && grey < 230).length).toBeGreaterThan(0)
    expect([smooth[0], smooth[15]]).toEqual([0, 250])
  })

  it('several are an archive with one folder, and no two names the same', async () => {
    const pictures = [...(await draw('a: b/c', 2)).pictures, ...(await draw('a: b/c', 1)).pictures]
    const pictureIds = pictures.map(({ id }) => id)
    const { name, base64 } = await exported({
      pictureIds,
      format: 'webp',
      hasReceipt: true,
      folder: '../Best of',
    })
    expect(name).toBe('Best of.zip')
    expect(Object.keys(unzipSync(Buffer.from(base64, 'base64'))).sort()).toEqual([
      'Best of/a b c 7-0 (2).webp',
      'Best of/a b c 7-0.webp',
      'Best of/a b c 7-1.webp',
    ])
  })

  it('what is no picture is said to be none', async () => {
    const base64 = Buffer.from('words').toString('base64')
    await expect(studio.api.readReceipt({ base64 })).rejects.toMatchObject({ code: 'invalidRequest' })
  })
})

describe('what every window hears', () => {
  it('is each change of marks, collections, pins and the queue', async () => {
    const { generation, pictures } = await draw('an ape', 1)
    const pictureIds = pictures.map(({ id }) => id)
    const heard: StudioEvent[] = []
    const stop = studio.subscribe((event) => heard.push(event))
    const { api } = studio
    await api.ratePictures({ pictureIds, rating: 3 })
    await api.changeTags({ pictureIds, add: ['apes'] })
    await api.deletePictures({ pictureIds })
    await api.restorePictures({ pictureIds })
    await api.changeKept({ pinnedRuns: [generation.id] })
    const { id: collectionId } = await api.createCollection({ name: 'Apes' })
    await api.changeCollection({ collectionId, add: pictureIds })
    await api.pauseQueue()
    expect((await api.getStudioInfo()).isQueuePaused).toBe(true)
    await api.resumeQueue()
    await api.deletePictures({ pictureIds })
    await api.emptyTrash({ olderThanDays: 0 })
    stop()
    expect(heard).toEqual([
      { type: 'picturesRated', pictureIds, rating: 3 },
      { type: 'picturesTagged', pictureIds },
      { type: 'picturesDeleted', pictureIds },
      { type: 'picturesRestored', pictureIds },
      { type: 'keptChanged' },
      { type: 'collectionsChanged' },
      { type: 'collectionsChanged' },
      { type: 'queueChanged', isPaused: true },
      { type: 'queueChanged', isPaused: false },
      { type: 'picturesDeleted', pictureIds },
      { type: 'trashEmptied' },
    ])
    expect(await api.getKept()).toEqual({ pinnedRuns: [generation.id], savedSearches: [] })
  })
})

describe('a prompt that nobody can see', () => {
  it.each([' \t\n', '\u200b', '\u200b \u2060\ufeff', '\u3164\u00ad'])('%j is refused', async (prompt) => {
    await expect(studio.api.generate({ prompt })).rejects.toMatchObject({
      code: 'invalidRequest',
      message: 'The prompt is empty.',
    })
  })
})
