import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { PackId, PictureId } from '#app/domain/ids.ts'
import { restoreBackup, repairLibrary } from '#main/library/health/repair.ts'
import { openLibrary } from '#main/library/open-library.ts'

import { openReopenable } from '../reopenable-library.ts'
import { createStudio, type Studio } from '../studio.ts'
import { createFakeEngine, type FakeEngine } from '../testing/fake-engine.ts'
import { createFakePacks, fakePack } from '../testing/fake-packs.ts'

let root: string
let engine: FakeEngine
let studio: Studio
let events: StudioEvent[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'easel-ranking-'))
  const folder = join(root, 'library')
  const { library, whileClosed } = await openReopenable(() => openLibrary({ folder }))
  engine = createFakeEngine()
  const packs = createFakePacks([fakePack('starter'), fakePack('other', { sha256: 'cd'.repeat(32) })])
  const care = {
    repair: () => whileClosed(() => repairLibrary({ folder, isForced: true })),
    restore: (name: string) => whileClosed(() => restoreBackup({ folder }, name)),
  }
  studio = createStudio({ library, engine, packs, care, version: '1.2.3', shell: 'cli' })
  events = []
  studio.subscribe((event) => events.push(event))
})
afterEach(async () => {
  await studio.close()
  await rm(root, { recursive: true, force: true })
})

const other = 'other' as PackId
async function draw(candidates: number): Promise<readonly PictureId[]> {
  const { id } = await studio.api.generate({ prompt: 'a red apple', packId: 'starter', candidates, seed: 7 })
  await studio.whenIdle()
  return (await studio.api.getGeneration({ generationId: id })).pictures.map((picture) => picture.id)
}

describe('rescoring', () => {
  it('scores every picture by the chosen pack and keeps the scores of the one that drew it', async () => {
    const [first] = await draw(3)
    const drawnWith = (await studio.api.getPicture({ pictureId: first! })).clipScore
    expect(await studio.api.chooseClipPack({ packId: other })).toMatchObject({ chosen: 'other', waiting: 3 })
    await studio.scoring.whenDone()
    const state = { chosen: 'other', isRunning: false, scored: 3, waiting: 0, failed: 0, error: null }
    expect(await studio.api.getRescoring()).toEqual(state)
    expect(events.at(-1)).toEqual({ type: 'rescoringChanged', rescoring: state })
    const scores = await studio.api.listScores({ pictureId: first! })
    expect(scores.map(({ packId, score, isShown }) => ({ packId, score, isShown }))).toEqual([
      { packId: 'other', score: 0, isShown: true },
      { packId: 'starter', score: drawnWith, isShown: false },
    ])
    const packs = (await studio.api.listClipPacks()).map(({ packId, isChosen, scored }) => [packId, isChosen, scored])
    expect(packs).toEqual([
      ['starter', false, 3],
      ['other', true, 3],
    ])
    await studio.api.chooseClipPack({ packId: null })
    expect((await studio.api.getPicture({ pictureId: first! })).clipScore).toBe(drawnWith)
  })

  it('passes over a picture whose file is gone, and says how many', async () => {
    const [, second] = await draw(3)
    await rm(studio.pictureFile(second!))
    await studio.api.chooseClipPack({ packId: other })
    await studio.scoring.whenDone()
    expect(await studio.api.getRescoring()).toMatchObject({ scored: 2, waiting: 1, failed: 1, error: null })
  })

  it('stands still when the engine dies, and goes on from there', async () => {
    await draw(3)
    const embedPicture = engine.embedPicture.bind(engine)
    let calls = 0
    engine.embedPicture = (id, picture) =>
      ++calls === 2 ? Promise.reject(new StudioError('engineDied', 'It ended.')) : embedPicture(id, picture)
    await studio.api.chooseClipPack({ packId: other })
    await studio.scoring.whenDone()
    expect(await studio.api.getRescoring()).toMatchObject({ scored: 1, waiting: 2, error: 'It ended.' })
    studio.scoring.wake()
    await studio.scoring.whenDone()
    // The picture that it died of is left alone until Easel is started again.
    expect(await studio.api.getRescoring()).toMatchObject({ scored: 2, waiting: 1, failed: 1, error: null })
  })

  it('refuses a pack that is not there, and goes back to none', async () => {
    await expect(studio.api.chooseClipPack({ packId: 'nope' as PackId })).rejects.toMatchObject({ code: 'packMissing' })
    expect(await studio.api.getRescoring()).toMatchObject({ chosen: null, error: null })
  })
})

describe('labels', () => {
  it('are compared with every picture, with those drawn later, and under another pack too', async () => {
    const [first] = await draw(2)
    expect(await studio.api.addLabel({ name: ' a dog ' })).toMatchObject({ name: 'a dog', packId: 'starter' })
    await studio.scoring.whenDone()
    const [late] = await draw(1)
    studio.scoring.wake()
    await studio.scoring.whenDone()
    expect(await studio.api.listLabels()).toMatchObject([{ name: 'a dog', scored: 3, waiting: 0 }])
    expect(await studio.api.listLabelScores({ pictureId: late! })).toEqual([
      { name: 'a dog', score: 1, packId: 'starter' },
    ])
    await studio.api.chooseClipPack({ packId: other })
    await studio.scoring.whenDone()
    expect(await studio.api.listLabelScores({ pictureId: first! })).toEqual([
      { name: 'a dog', score: 1, packId: 'starter' },
      { name: 'a dog', score: 0, packId: 'other' },
    ])
    const filter = { label: { name: 'a dog', minScore: 0.5 } }
    // Of the chosen pack's, none is a dog.
    expect((await studio.api.findPictures({ filter })).items).toEqual([])
    await studio.api.chooseClipPack({ packId: null })
    expect((await studio.api.findPictures({ filter })).items).toHaveLength(3)
    await studio.api.removeLabel({ name: 'a dog' })
    expect([await studio.api.listLabels(), await studio.api.listLabelScores({ pictureId: first! })]).toEqual([[], []])
    await expect(studio.api.removeLabel({ name: 'a dog' })).rejects.toMatchObject({ code: 'notFound' })
  })
})

describe('near-duplicates', () => {
  it('are found of one picture, and in a walk each group once', async () => {
    const drawn = await draw(4)
    const near = await studio.api.findNearDuplicates({ pictureId: drawn[0]! })
    expect(new Set(near.map(({ picture }) => picture.id))).toEqual(new Set(drawn.slice(1)))
    const groups = []
    for (let cursor: string | null = null, pages = 0; ; pages++) {
      const page = await studio.api.listDuplicates({ cursor, limit: 3 })
      groups.push(...page.groups.map((group) => group.map(({ id }) => id)))
      cursor = page.nextCursor
      if (cursor !== null) continue
      expect(pages).toBe(1)
      break
    }
    expect(groups).toEqual([(await studio.api.listPictures({})).items.map(({ id }) => id)])
    await expect(studio.api.listDuplicates({ minSimilarity: 0.2 })).rejects.toMatchObject({ code: 'invalidRequest' })
  })
})

describe('putting the library right while it is open', () => {
  it('stops the running job, repairs, and goes on', async () => {
    await draw(2)
    let open = () => undefined as void
    engine.gate = new Promise((resolve) => (open = resolve))
    const { id } = await studio.api.generate({ prompt: 'a pear', candidates: 2, seed: 3 })
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    const repair = studio.api.repairLibrary()
    open()
    expect(await repair).toMatchObject({ pictures: 2 })
    expect(events).toContainEqual({ type: 'libraryReplaced' })
    await studio.whenIdle()
    const { generation, pictures } = await studio.api.getGeneration({ generationId: id })
    expect([generation.state, pictures.length]).toEqual(['finished', 2])
  })

  it('goes back to a backup and takes in what was drawn since', async () => {
    const drawn = await draw(2)
    await studio.api.ratePictures({ pictureIds: drawn, rating: 3 })
    await studio.api.backupLibrary()
    await studio.api.ratePictures({ pictureIds: drawn, rating: 5 })
    await draw(1)
    const [backup] = await studio.api.listBackups()
    expect(await studio.api.restoreBackup({ name: backup!.name })).toMatchObject({ pictures: 3 })
    const { items } = await studio.api.findPictures({ order: 'oldest' })
    expect(items.map(({ rating }) => rating)).toEqual([3, 3, 0])
    await expect(studio.api.restoreBackup({ name: 'easel.db' })).rejects.toMatchObject({ code: 'notFound' })
  })

  it('refuses every call while its files are worked on, and is open again after', async () => {
    const { library, whileClosed } = await openReopenable(() => openLibrary({ folder: join(root, 'second') }))
    const meanwhile = whileClosed(async () => {
      expect(() => library.countPictures()).toThrow('The library is being put right')
      await expect(whileClosed(() => Promise.resolve())).rejects.toMatchObject({ code: 'libraryLocked' })
      throw new Error('no luck')
    })
    await expect(meanwhile).rejects.toThrow('no luck')
    expect(library.countPictures()).toBe(0)
    library.close()
  })
})
