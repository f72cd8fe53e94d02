import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import type { StoredLibrary } from '#main/library/library.ts'
import { readPictureMetadata } from '#main/library/png/picture-metadata.ts'
import { openLibrary } from '#main/library/open-library.ts'

import { createStudio, type Studio } from '../studio.ts'
import { createFakeEngine, type FakeEngine } from '../testing/fake-engine.ts'
import { createFakePacks, fakePack } from '../testing/fake-packs.ts'

let folder: string
let library: StoredLibrary
let engine: FakeEngine
let studio: Studio

/** One studio on a real library for all: each test draws what it needs. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-use-cases-'))
  library = await openLibrary({ folder: join(folder, 'library') })
  engine = createFakeEngine()
  studio = createStudio({
    library,
    engine,
    packs: createFakePacks([fakePack('starter'), fakePack('painted', { paletteRows: 1, sha256: 'ef'.repeat(32) })]),
    version: '1.2.3',
    shell: 'cli',
  })
})
afterAll(async () => {
  await studio.close()
  await rm(folder, { recursive: true, force: true })
})

async function draw(prompt: string, candidates = 2, seed = 7) {
  const { id } = await studio.api.generate({ prompt, candidates, seed })
  await studio.whenIdle()
  return studio.api.getGeneration({ generationId: id })
}
const invalid = (message: string) => ({ code: 'invalidRequest', message })

describe('organising', () => {
  it('rates, tags and finds pictures', async () => {
    const [first, second] = (await draw('a blue clock')).pictures.map(({ id }) => id)
    await studio.api.ratePictures({ pictureIds: [first!], rating: 4 })
    await studio.api.changeTags({ pictureIds: [first!, second!], add: ['clocks'] })
    await studio.api.changeTags({ pictureIds: [second!], remove: ['clocks'] })
    expect(await studio.api.listTags()).toEqual([{ name: 'clocks', pictures: 1 }])
    const { items } = await studio.api.findPictures({ filter: { tags: ['clocks'] }, order: 'rating' })
    expect(items.map(({ id, rating, tags }) => ({ id, rating, tags }))).toEqual([
      { id: first, rating: 4, tags: ['clocks'] },
    ])
    await expect(studio.api.findPictures({ order: 'best' as 'rating' })).rejects.toMatchObject(
      invalid('The order is "best"; allowed is one of "newest", "oldest", "clipScore", "rating".'),
    )
    await expect(studio.api.ratePictures({ pictureIds: [first!], rating: 6 })).rejects.toMatchObject(
      invalid('The rating is 6; allowed is a whole number from 0 to 5.'),
    )
  })

  it('keeps collections', async () => {
    const [picture] = (await draw('a green clock')).pictures
    const { id: collectionId } = await studio.api.createCollection({ name: ' Clocks ' })
    await studio.api.renameCollection({ collectionId, name: 'All clocks' })
    await studio.api.changeCollection({ collectionId, add: [picture!.id] })
    expect((await studio.api.listCollections()).map(({ name, pictures }) => [name, pictures])).toEqual([
      ['All clocks', 1],
    ])
    await studio.api.removeCollection({ collectionId })
    expect(await studio.api.listCollections()).toEqual([])
    expect((await studio.api.getPicture({ pictureId: picture!.id })).prompt).toBe('a green clock')
  })

  it('deletes into the trash, restores, and empties it', async () => {
    const [first, second] = (await draw('a plum')).pictures.map(({ id }) => id)
    const found = async () => (await studio.api.listPictures({ query: 'plum' })).items.length
    await studio.api.deletePictures({ pictureIds: [first!, second!] })
    expect(await found()).toBe(0)
    await studio.api.restorePictures({ pictureIds: [first!] })
    expect(await found()).toBe(1)
    expect(await studio.api.emptyTrash({ olderThanDays: 0 })).toEqual({ removed: 1 })
    await expect(studio.api.getPicture({ pictureId: second! })).rejects.toMatchObject({ code: 'notFound' })
  })
})

describe('lineage', () => {
  it('goes up to the first picture and down to everything drawn from it', async () => {
    const drawFrom = async (parent: PictureId) => {
      const imagePrompt = { pictureId: parent, keep: { kind: 'rows' as const, rows: 1 } }
      const { id } = await studio.api.generate({ prompt: 'a version', candidates: 1, imagePrompt })
      await studio.whenIdle()
      return (await studio.api.getGeneration({ generationId: id })).pictures[0]!.id
    }
    const root = (await draw('a house', 1)).pictures[0]!.id
    const child = await drawFrom(root)
    const [first, second] = [await drawFrom(child), await drawFrom(child)]
    const brother = await drawFrom(root)
    const lineOf = async (pictureId: PictureId) =>
      (await studio.api.getLineage({ pictureId })).map((version) => [version.pictureId, version.parentId])
    expect(await lineOf(child)).toEqual([
      [root, null],
      [child, root],
      [brother, root],
      [first, child],
      [second, child],
    ])
    expect(await lineOf(second)).toEqual([
      [root, null],
      [child, root],
      [second, child],
      [brother, root],
      [first, child],
    ])
    const [eldest] = await studio.api.getLineage({ pictureId: child })
    expect(eldest?.picture).toEqual((await studio.api.listPictures({ query: 'house' })).items[0])
    await studio.api.deletePictures({ pictureIds: [child, brother] })
    expect(await lineOf(second)).toEqual([
      [root, null],
      [child, root],
      [second, child],
      [first, child],
    ])
    const missing = '00000000-0000-4000-8000-000000000000' as PictureId
    await expect(studio.api.getLineage({ pictureId: missing })).rejects.toMatchObject({ code: 'notFound' })
  })
})

describe('pictures from outside', () => {
  it('takes a file in as the model sees it: cut to shape, encoded, finished at once', async () => {
    const seen: RgbPicture[] = []
    const encode = engine.encodePicture.bind(engine)
    engine.encodePicture = (id, picture) => {
      seen.push(picture)
      return encode(id, picture)
    }
    const file = await sharp({ create: { width: 40, height: 30, channels: 4, background: '#ff000080' } })
      .webp({ lossless: true })
      .toBuffer()
    const { picture, psnr } = await studio.api.importPicture({ name: 'holiday.webp', base64: file.toString('base64') })
    expect(seen.map(({ width, height, pixels }) => [width, height, [...pixels.slice(0, 3)]])).toEqual([
      [20, 30, [255, 127, 127]],
    ])
    expect([psnr, picture.prompt, picture.tokens.length, picture.entropies, picture.generation.state]).toEqual([
      99,
      'holiday',
      6,
      [],
      'finished',
    ])
    expect(library.findPictures({ filter: { origin: 'file' } }).items.map(({ id }) => id)).toEqual([picture.id])
    expect(readPictureMetadata(await readFile(library.pictureFile(picture.id)))).toMatchObject({
      origin: 'file',
      originText: 'The file holiday.webp',
    })
    await expect(studio.api.importPicture({ name: 'x.svg', base64: btoa('<svg/>') })).rejects.toMatchObject({
      code: 'invalidRequest',
    })
  })

  it('mirrors a picture of the library', async () => {
    const [picture] = (await draw('a tree', 1)).pictures
    const mirrored = await studio.api.mirrorPicture({ pictureId: picture!.id, horizontally: true, vertically: false })
    expect([mirrored.picture.prompt, mirrored.picture.id === picture!.id]).toEqual(['a tree', false])
    const nothing = { pictureId: picture!.id, horizontally: false, vertically: false }
    await expect(studio.api.mirrorPicture(nothing)).rejects.toMatchObject(
      invalid('Say how to mirror: horizontally, vertically, or both.'),
    )
  })

  it('mirrors the places of a picture and keeps its colours to the token', async () => {
    const { id } = await studio.api.generate({ prompt: 'a tree', packId: 'painted', candidates: 1, seed: 7 })
    await studio.whenIdle()
    const [picture] = (await studio.api.getGeneration({ generationId: id })).pictures
    const { tokens } = await studio.api.getPicture({ pictureId: picture!.id })
    const drawn: (readonly number[])[] = []
    const { drawTokens } = engine
    engine.drawTokens = (packId, grids) => {
      drawn.push(...grids.map((grid) => [...grid]))
      return drawTokens(packId, grids)
    }
    const mirrored = await studio.api.mirrorPicture({ pictureId: picture!.id, horizontally: true, vertically: false })
    // The fake encoder reads zeros everywhere.
    const expected = [...tokens.slice(0, 2), 0, 0, 0, 0]
    expect([mirrored.picture.tokens, drawn]).toEqual([expected, [expected]])
    engine.drawTokens = drawTokens
  })
})

describe('search by likeness', () => {
  it('compares words and pictures with pictures', async () => {
    const [picture] = (await draw('a boat', 1)).pictures
    const alike = await studio.api.findSimilar({ pictureId: picture!.id, limit: 3 })
    expect(alike.map(({ similarity }) => similarity.toFixed(2))).toEqual(['1.00', '1.00', '1.00'])
    expect(alike.map((found) => found.picture.id)).not.toContain(picture!.id)
    const [best] = await studio.api.findByMeaning({ text: 'a boat', limit: 1 })
    expect(Object.keys(best!).toSorted()).toEqual(['picture', 'similarity'])
    await expect(studio.api.findByMeaning({ text: ' ' })).rejects.toMatchObject(invalid('The words are empty.'))
  })
})

describe('the library as a whole', () => {
  it('says how it is, and backs up', async () => {
    const { file, bytes } = await studio.api.backupLibrary()
    expect([file.startsWith(join(library.folder, 'backups')), bytes > 0]).toEqual([true, true])
    const health = await studio.api.getLibraryHealth()
    const stats = library.stats()
    expect(health).toEqual({
      folder: library.folder,
      access: 'write',
      pictures: stats.pictures,
      generations: stats.generations,
      inTrash: stats.inTrash,
      bytes: stats.databaseBytes + stats.pictureBytes,
      schemaVersion: stats.schemaVersion,
      sqliteVersion: stats.sqliteVersion,
      newestBackup: stats.newestBackupAt,
      backups: 1,
    })
  })
})

describe('the queue', () => {
  it('pauses after the running job, takes another order, and goes on', async () => {
    const order: GenerationId[] = []
    const stop = studio.subscribe((event) => {
      if (event.type === 'generationStarted') order.push(event.generationId)
    })
    await studio.api.pauseQueue()
    const jobs = [await studio.api.generate({ prompt: 'one' }), await studio.api.generate({ prompt: 'two' })]
    await studio.whenIdle()
    expect(order).toEqual([])
    await studio.api.moveInQueue({ generationId: jobs[1]!.id, place: 0 })
    await studio.api.resumeQueue()
    await studio.whenIdle()
    stop()
    expect(order).toEqual([jobs[1]!.id, jobs[0]!.id])
    await expect(studio.api.moveInQueue({ generationId: jobs[0]!.id, place: 0 })).rejects.toMatchObject(
      invalid('Only a job that waits in the queue can be moved; this one does not.'),
    )
  })

  it('draws what is missing of a failed job under its own id', async () => {
    engine.deaths.push(4, 0)
    const { generation } = await draw('a lamp', 4)
    expect([generation.state, generation.finishedCandidates]).toEqual(['failed', 1])
    const fresh = createStudio({
      library,
      engine,
      packs: createFakePacks([fakePack('starter')]),
      version: '1.2.3',
      shell: 'cli',
    })
    await fresh.api.retryGeneration({ generationId: generation.id })
    await fresh.whenIdle()
    expect(library.getGeneration(generation.id)).toMatchObject({
      state: 'finished',
      finishedCandidates: 4,
      error: null,
    })
    expect(engine.jobs.at(-1)?.candidates).toEqual([1, 2, 3])
    studio = fresh
  })

  it('draws a finished job again under a new id', async () => {
    const { generation } = await draw('a chair')
    await studio.api.retryGeneration({ generationId: generation.id })
    await studio.whenIdle()
    const { items } = await studio.api.listGenerations({ query: 'chair' })
    expect(items.map(({ seed, candidates, state }) => ({ seed, candidates, state }))).toEqual([
      { seed: 7, candidates: 2, state: 'finished' },
      { seed: 7, candidates: 2, state: 'finished' },
    ])
  })
})

describe('verifyPicture', () => {
  it('replays the receipt, also of a picture drawn from another', async () => {
    const [source] = (await draw('a cat')).pictures
    const imagePrompt = { pictureId: source!.id, keep: { kind: 'rows' as const, rows: 2 } }
    const { id } = await studio.api.generate({ prompt: 'a dog', candidates: 1, seed: 9, imagePrompt })
    await studio.whenIdle()
    const [picture] = (await studio.api.getGeneration({ generationId: id })).pictures
    await studio.api.deletePictures({ pictureIds: [source!.id] })
    expect(await studio.api.verifyPicture({ pictureId: picture!.id })).toEqual({
      matches: true,
      firstDifference: null,
      message: 'Replayed candidate 0 of seed 9 with the pack "starter" 1.0.0: all 6 tokens agree.',
    })
  })

  it('names the first token that differs, and why a replay is not possible', async () => {
    const [picture] = (await draw('a bird', 1)).pictures
    const other = createStudio({
      library: { ...library, getPicture: (id) => ({ ...library.getPicture(id), tokens: [25, 28, 0, 34, 37, 40] }) },
      ...{ engine, packs: createFakePacks([fakePack('starter')]), version: '1.2.3', shell: 'cli' },
    })
    expect(await other.api.verifyPicture({ pictureId: picture!.id })).toEqual({
      matches: false,
      firstDifference: 2,
      message: 'Replayed candidate 0 of seed 7 with the pack "starter" 1.0.0: token 2 of 6 is the first that differs.',
    })
    const packs = createFakePacks([fakePack('starter', { version: '2.0.0', sha256: 'cd'.repeat(32) })])
    const changed = createStudio({ library, engine, packs, version: '1.2.3', shell: 'cli' })
    expect(await changed.api.verifyPicture({ pictureId: picture!.id })).toEqual({
      matches: false,
      firstDifference: null,
      message:
        'It could not be replayed. It belongs to version 1.0.0 of the pack "starter" (abababababab); ' +
        'installed is version 2.0.0 (cdcdcdcdcdcd), which draws something else.',
    })
  })
})
