import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { PictureId } from '#app/domain/ids.ts'

import { all, openWritable } from './database/database.ts'
import { openCopy } from './database/open-for-reading.ts'
import type { StoredLibrary } from './library.ts'
import { migrations } from './migrations/migrations.ts'
import { openLibrary } from './open-library.ts'
import { readPictureMetadata } from './png/picture-metadata.ts'
import { makeQuickFolder } from './testing/folders.ts'
import { createRandom, sampleCandidate, sampleGeneration } from './testing/sample.ts'

let folder: string
let library: StoredLibrary
let clock: number
const now = () => (clock += 1000)
const reopen = async () => {
  library.close()
  library = await openLibrary({ folder, now })
}

beforeEach(async () => {
  clock = Date.UTC(2026, 0, 1)
  folder = makeQuickFolder('open')
  library = await openLibrary({ folder, now, program: 'Easel 9.9.9' })
})
afterEach(() => {
  library.close()
  rmSync(folder, { recursive: true })
})

const random = createRandom(1)
async function addPictures(count: number, prompt = 'a red apple'): Promise<readonly PictureId[]> {
  const { id } = library.createGeneration(sampleGeneration({ prompt, candidates: count }))
  const ids: PictureId[] = []
  for (let i = 0; i < count; i++) ids.push((await library.addCandidate(id, sampleCandidate(i, random))).id)
  library.setGenerationState(id, 'finished')
  return ids
}

describe('generations', () => {
  it('keeps a job through a restart, with its times, seconds and best pictures', async () => {
    const { id } = library.createGeneration(sampleGeneration({ prompt: 'two cats', candidates: 2 }))
    library.setGenerationState(id, 'running')
    const worse = await library.addCandidate(id, { ...sampleCandidate(0, random), clipScore: 0.1 })
    const better = await library.addCandidate(id, { ...sampleCandidate(1, random), clipScore: 0.2 })
    const seconds = { load: 1, prefill: 2, decode: 3, pixels: 4, rank: 5 }
    library.setGenerationState(id, 'finished', { seconds })
    await reopen()
    expect(library.getGeneration(id)).toEqual({
      id,
      prompt: 'two cats',
      seed: 7,
      candidates: 2,
      settings: sampleGeneration().settings,
      pack: sampleGeneration().pack,
      imagePrompt: null,
      state: 'finished',
      createdAt: expect.stringMatching(/^2026-01-01T/),
      finishedAt: expect.stringMatching(/^2026-01-01T/),
      seconds,
      error: null,
      best: [better.id, worse.id],
      finishedCandidates: 2,
    })
    expect(library.listUnfinished()).toEqual([])
  })

  it('keeps what a failure said', () => {
    const { id } = library.createGeneration(sampleGeneration())
    const error = { code: 'outOfMemory', message: 'It needs 12 GB.' }
    expect(library.setGenerationState(id, 'failed', { error }).error).toEqual(error)
  })

  it('says notFound for an id that is not there', () => {
    const id = '00000000-0000-7000-8000-000000000000'
    expect(() => library.getGeneration(id as never)).toThrow(expect.objectContaining({ code: 'notFound' }))
    expect(() => library.getPicture(id as never)).toThrow(expect.objectContaining({ code: 'notFound' }))
  })
})

describe('candidates', () => {
  it('answers everything that made a picture, and its PNG says the same', async () => {
    const { id } = library.createGeneration(sampleGeneration({ prompt: 'ein grüner Hund 🐕' }))
    const drawnOn = { device: 'webgpu', precision: 'int8' as const }
    const candidate = { ...sampleCandidate(3, random), drawnOn }
    const picture = await library.addCandidate(id, candidate)
    const detail = library.getPicture(picture.id)
    expect(detail).toMatchObject({
      ...picture,
      drawnOn,
      rank: 1,
      rows: 4,
      columns: 4,
      tokens: Array.from(candidate.tokens),
      entropies: Array.from(candidate.entropies),
      clipScore: candidate.clipScore,
    })
    const png = readFileSync(library.pictureFile(picture.id))
    expect(readPictureMetadata(png)).toEqual({
      schemaVersion: 1,
      software: 'Easel 9.9.9',
      origin: 'easel',
      pictureId: picture.id,
      generationId: id,
      prompt: 'ein grüner Hund 🐕',
      seed: 7,
      index: 3,
      candidates: 4,
      settings: sampleGeneration().settings,
      imagePrompt: null,
      pack: sampleGeneration().pack,
      rows: 4,
      columns: 4,
      tokens: candidate.tokens,
      perplexity: candidate.perplexity,
      drawnOn,
      clipScore: candidate.clipScore,
      generationCreatedAt: detail.generation.createdAt,
      createdAt: picture.createdAt,
    })
  })

  it('does not know where a picture was computed that came without a word of it', async () => {
    const { id } = library.createGeneration(sampleGeneration())
    const picture = await library.addCandidate(id, sampleCandidate(0, random))
    const png = readPictureMetadata(readFileSync(library.pictureFile(picture.id)))
    expect([library.getPicture(picture.id).drawnOn, png && 'drawnOn' in png]).toEqual([null, false])
  })

  it('adds a candidate once, also when asked twice at the same time', async () => {
    const { id } = library.createGeneration(sampleGeneration())
    const candidate = sampleCandidate(0, random)
    const [first, second] = await Promise.all([
      library.addCandidate(id, candidate),
      library.addCandidate(id, candidate),
    ])
    expect(second).toEqual(first)
    expect(library.countPictures()).toBe(1)
  })

  it('refuses tokens that do not fill the grid', async () => {
    const { id } = library.createGeneration(sampleGeneration())
    const candidate = { ...sampleCandidate(0, random), tokens: new Uint16Array(3) }
    await expect(library.addCandidate(id, candidate)).rejects.toThrow('3 tokens, the grid has 4 × 4 cells')
  })
})

describe('journal', () => {
  const row = (number: number, candidates: readonly number[]) => ({
    candidates,
    row: number,
    rows: 4,
    tokens: Uint16Array.from(
      candidates.flatMap((candidate) => Array.from({ length: 4 }, () => candidate * 10 + number)),
    ),
  })

  it('answers whole rows of unfinished candidates after a restart', async () => {
    const { id } = library.createGeneration(sampleGeneration())
    library.appendRow(id, row(0, [0, 1, 2]))
    library.appendRow(id, row(1, [0, 1]))
    library.appendRow(id, row(2, [2]))
    await library.addCandidate(id, sampleCandidate(1, random))
    await reopen()
    expect(library.readJournal(id)).toEqual({
      finished: new Set([1]),
      rows: new Map([
        [0, Uint16Array.of(0, 0, 0, 0, 1, 1, 1, 1)],
        [2, Uint16Array.of(20, 20, 20, 20)],
      ]),
    })
  })

  it('forgets the rows of an ended job', () => {
    const { id } = library.createGeneration(sampleGeneration())
    library.appendRow(id, row(0, [0]))
    library.setGenerationState(id, 'cancelled')
    expect(library.readJournal(id)).toEqual({ finished: new Set(), rows: new Map() })
  })

  it('refuses a row that does not fit the grid', () => {
    const { id } = library.createGeneration(sampleGeneration())
    expect(() => library.appendRow(id, { ...row(0, [0]), row: 4 })).toThrow('the grid is 4 × 4')
  })
})

describe('lists', () => {
  it('pages through pictures without a gap or a repeat while new ones come', async () => {
    const ids = await addPictures(7)
    const first = library.listPictures({ limit: 3 })
    await addPictures(2, 'later')
    const second = library.listPictures({ limit: 3, cursor: first.nextCursor })
    const third = library.listPictures({ limit: 3, cursor: second.nextCursor })
    const seen = [first, second, third].flatMap((page) => page.items.map((item) => item.id))
    expect(seen).toEqual(ids.toReversed())
    expect(third.nextCursor).toBeNull()
  })

  it.each(['newest', 'oldest', 'rating', 'clipScore'] as const)('pages through pictures by %s', async (order) => {
    const { id } = library.createGeneration(sampleGeneration({ candidates: 12 }))
    const made: { id: PictureId; rating: number; score: number | null; at: number }[] = []
    for (let i = 0; i < 12; i++) {
      const clipScore = i % 5 === 4 ? null : ((i * 7) % 3) / 10
      const picture = await library.addCandidate(id, { ...sampleCandidate(i, random), clipScore })
      library.ratePictures([picture.id], (i * 5) % 4)
      made.push({ id: picture.id, rating: (i * 5) % 4, score: clipScore, at: i })
    }
    const expected = {
      newest: made.toReversed(),
      oldest: made,
      rating: made.toSorted((a, b) => b.rating - a.rating || b.at - a.at),
      clipScore: made.toSorted((a, b) => (b.score ?? -9) - (a.score ?? -9) || b.at - a.at),
    }[order]
    const seen: PictureId[] = []
    for (let cursor: string | null = null; ;) {
      const page = library.findPictures({ order, cursor, limit: 2 })
      seen.push(...page.items.map((picture) => picture.id))
      cursor = page.nextCursor
      if (cursor === null) break
    }
    expect(seen).toEqual(expected.map((picture) => picture.id))
    const found = library.findPictures({ order, filter: { query: 'apple' } }).items.map((picture) => picture.id)
    expect(found).toEqual(seen)
  })

  it('refuses a cursor of another list and a limit out of range', async () => {
    await addPictures(3)
    const { nextCursor } = library.listPictures({ limit: 1 })
    expect(() => library.listGenerations({ cursor: nextCursor })).toThrow('not one of generations')
    expect(() => library.listPictures({ cursor: 'nonsense' })).toThrow('not one of pictures')
    expect(() => library.listPictures({ limit: 501 })).toThrow('from 1 to 500')
  })

  it.each([
    ['a word', 'apple'],
    ['the beginning of a word', 'app'],
    ['words in any order', 'table red'],
    ['another case', 'RED Apple'],
    ['a version number', 'ver1.1'],
    ['part of a Chinese phrase', '苹果'],
    ['part of a Japanese phrase', 'リンゴ'],
    ['a word without its accents', 'creme'],
    ['an open quote', '"red app'],
    ['operators of FTS5', 'apple AND'],
    ['nothing but spaces', '   '],
  ])('finds by %s', async (_, query) => {
    await addPictures(1, 'a red apple AND crème on a table, ver1.1, 红苹果, 赤いリンゴ')
    expect(library.listPictures({ query }).items).toHaveLength(1)
    expect(library.listGenerations({ query }).items).toHaveLength(1)
  })

  it.each([
    ['a star', '*'],
    ['a quote', '"'],
    ['an apostrophe', "'"],
    ['a bracket', '('],
    ['NEAR', 'NEAR('],
    ['a column', 'prompt:'],
    ['a minus', '-'],
    ['a caret', '^'],
    ['a NUL', 'a\0b'],
    ['half a surrogate pair', '\ud83d'],
    ['a word of 10 KB', 'a'.repeat(10_240)],
    ['a page of 20 KB', 'a ^b* "c '.repeat(2000)],
  ])('takes %s', async (_, query) => {
    await addPictures(1, 'a red apple')
    expect(() => library.listPictures({ query })).not.toThrow()
    expect(() => library.listGenerations({ query })).not.toThrow()
  })
})

describe('organising', () => {
  it('filters by stars, tags, collection, words and trash together', async () => {
    const [first, second, third] = (await addPictures(3)) as [PictureId, PictureId, PictureId]
    library.ratePictures([first, second], 4)
    library.changeTags([second, third], { add: ['Fruit', 'still life'] })
    const collection = library.createCollection('Best')
    library.changeCollection(collection.id, { add: [first, second, third] })
    const find = (filter: Parameters<StoredLibrary['findPictures']>[0]['filter']) =>
      library.findPictures({ filter }).items.map((picture) => picture.id)
    expect(find({ minRating: 4 })).toEqual([second, first])
    expect(find({ minRating: 5 })).toEqual([])
    expect(find({ tags: ['fruit'] })).toEqual([third, second])
    expect(find({ tags: ['fruit', 'STILL LIFE'], minRating: 1 })).toEqual([second])
    expect(find({ query: 'still' })).toEqual([third, second])
    expect(find({ query: 'apple', collectionId: collection.id, tags: ['fruit'] })).toEqual([third, second])
    library.deletePictures([second])
    expect(find({ collectionId: collection.id })).toEqual([third, first])
    expect(find({ isDeleted: true })).toEqual([second])
    expect(library.listTags()).toEqual([
      { name: 'Fruit', pictures: 1 },
      { name: 'still life', pictures: 1 },
    ])
    expect(library.listCollections()).toEqual([{ ...collection, pictures: 2 }])
    library.changeTags([third, second], { remove: ['FRUIT'] })
    expect(find({ query: 'fruit' })).toEqual([])
    expect(library.listTags()).toEqual([{ name: 'still life', pictures: 1 }])
  })

  it('filters by date, pack and score', async () => {
    await addPictures(2)
    const middle = new Date(clock).toISOString()
    const later = await addPictures(2)
    const find = (filter: Parameters<StoredLibrary['findPictures']>[0]['filter']) =>
      library.findPictures({ filter }).items.map((picture) => picture.id)
    expect(find({ createdFrom: middle })).toEqual(later.toReversed())
    expect(find({ createdBefore: middle })).toHaveLength(2)
    expect(find({ packId: 'sample' as never, minClipScore: -1 })).toHaveLength(4)
    expect(find({ packId: 'other' as never })).toEqual([])
    expect(find({ minClipScore: 1 })).toEqual([])
    expect(() => find({ minRating: 9 })).toThrow('minRating')
  })

  it('deletes into the trash, restores, and ends only what was there long enough', async () => {
    const [first, second] = (await addPictures(2)) as [PictureId, PictureId]
    library.deletePictures([first, second])
    expect(library.countPictures()).toBe(0)
    expect(library.pictureFile(first)).toContain('trash')
    library.restorePictures([first])
    expect(library.findPictures({}).items.map((picture) => picture.id)).toEqual([first])
    expect(library.emptyTrash()).toBe(0)
    clock += 31 * 86_400_000
    expect(library.emptyTrash()).toBe(1)
    expect(() => library.getPicture(second)).toThrow('no picture')
    expect(await library.verify()).toMatchObject({ databaseProblems: [], pictureProblems: [], orphanFiles: 0 })
  })
})

describe('access', () => {
  it('lets one writer in, and tells the second who that is', async () => {
    await expect(openLibrary({ folder })).rejects.toMatchObject({
      code: 'libraryLocked',
      message: expect.stringContaining(`Easel 9.9.9, process ${process.pid}`),
    })
  })

  it('lets readers in beside the writer, who see what is committed and change nothing', async () => {
    const reader = await openLibrary({ folder, access: 'read' })
    await addPictures(1)
    expect(reader.countPictures()).toBe(1)
    expect(() => reader.createGeneration(sampleGeneration())).toThrow(
      expect.objectContaining({ code: 'libraryReadOnly' }),
    )
    reader.close()
  })

  it('opens a library of a newer Easel for reading only and leaves it as it is, byte for byte', async () => {
    await addPictures(2)
    library.close()
    const file = join(folder, 'easel.db')
    const db = openWritable(file)
    db.pragma('user_version = 9990')
    db.close()
    const before = readFileSync(file)
    library = await openLibrary({ folder })
    expect(library.access).toBe('read')
    expect(library.countPictures()).toBe(2)
    expect(() => library.ratePictures([], 1)).toThrow('newer Easel')
    library.close()
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('reads a copy where nothing can be written, of an older schema too, and leaves the original as it is', async () => {
    await addPictures(2)
    library.close()
    const file = join(folder, 'easel.db')
    const before = readFileSync(file)
    const { db, close } = openCopy(file, [
      ...migrations,
      { version: 9000, name: 'next', up: (newer) => void newer.exec('CREATE TABLE next (key INTEGER PRIMARY KEY)') },
    ])
    expect(all(db, 'SELECT count(*) AS n FROM pictures JOIN next')).toEqual([{ n: 0 }])
    expect(all(db, 'SELECT count(*) AS n FROM pictures')).toEqual([{ n: 2 }])
    const copy = dirname(db.name)
    close()
    expect([existsSync(copy), readFileSync(file).equals(before), readdirSync(folder).includes('easel.db-shm')]).toEqual(
      [false, true, false],
    )
    library = await openLibrary({ folder, now })
  })

  it('makes missing folders, and says what is in the way', async () => {
    const deep = await openLibrary({ folder: join(folder, 'a', 'b') })
    deep.close()
    writeFileSync(join(folder, 'a', 'note.txt'), 'x')
    const refusal = (at: string) => openLibrary({ folder: at }).catch((error: unknown) => error)
    const isFile = {
      code: 'invalidRequest',
      message: `${join(folder, 'a', 'note.txt')} is a file; a library is a folder.`,
    }
    expect(await refusal(join(folder, 'a', 'note.txt'))).toMatchObject(isFile)
    expect(await refusal(join(folder, 'a', 'note.txt', 'library'))).toMatchObject(isFile)
    await expect(openLibrary({ folder: join(folder, 'a', 'note.txt'), access: 'read' })).rejects.toMatchObject(isFile)
    const named = await refusal(join(folder, 'a', 'b', 'easel.db'))
    expect(named).toMatchObject({
      message: expect.stringContaining(`Name its folder: ${join(folder, 'a', 'b')}.`) as string,
    })
  })

  it.runIf(process.platform === 'linux')('ends where no folder can be made', async () => {
    await expect(openLibrary({ folder: '/proc/easel-library' })).rejects.toMatchObject({
      code: 'storageFailed',
      message: 'The folder /proc/easel-library cannot be made (ENOENT).',
    })
  })

  it('points a reader of a library without its database to repair', async () => {
    await addPictures(1)
    library.close()
    for (const name of readdirSync(folder)) if (name.startsWith('easel.db')) rmSync(join(folder, name))
    await expect(openLibrary({ folder, access: 'read' })).rejects.toMatchObject({
      code: 'libraryDamaged',
      message: expect.stringContaining('easel library repair') as string,
    })
  })

  it('refuses a database of another program', async () => {
    library.close()
    const other = makeQuickFolder('other')
    const db = openWritable(join(other, 'easel.db'))
    db.exec('CREATE TABLE notes (text TEXT)')
    db.close()
    await expect(openLibrary({ folder: other })).rejects.toMatchObject({ code: 'libraryDamaged' })
    rmSync(other, { recursive: true })
    library = await openLibrary({ folder })
  })

  it('cleans what a dead writer left half written, and says that it was left open', async () => {
    await addPictures(1)
    library.close()
    writeFileSync(join(folder, 'objects', 'tmp', 'half'), 'x')
    writeFileSync(join(folder, 'open.json'), '{}')
    library = await openLibrary({ folder })
    expect(library.startUp).toEqual({
      wasLeftOpen: true,
      temporaryFilesRemoved: 1,
      migrationsApplied: 0,
      missingFiles: [],
      unfinishedGenerations: 0,
      repair: null,
    })
  })
})
