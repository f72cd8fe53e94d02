import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'

import { openWritable } from '../database/database.ts'
import { latestVersion } from '../database/migrate.ts'
import { nodeFileSystem } from '../files/file-system.ts'
import type { StoredLibrary } from '../library.ts'
import { databaseName } from '../library-folder.ts'
import { migrations } from '../migrations/migrations.ts'
import { openLibrary } from '../open-library.ts'
import { encodePng } from '../png/encode-png.ts'
import { furnish, type Furnished } from '../testing/actions.ts'
import { createFaultyFiles } from '../testing/faulty-files.ts'
import { makeQuickFolder } from '../testing/folders.ts'
import { createRandom, sampleCandidate, sampleGeneration, sampleVector } from '../testing/sample.ts'
import { repairLibrary, restoreBackup } from './repair.ts'
import { chooseBackupsToKeep } from './thinning.ts'

const day = 86_400_000

describe('thinning', () => {
  it('keeps 7 days, 4 weeks and 6 months of daily backups', () => {
    const newest = Date.UTC(2026, 10, 22, 15)
    const times = Array.from({ length: 400 }, (_, i) => newest - i * day)
    const kept = [...chooseBackupsToKeep(times)].map((time) => new Date(time).toISOString().slice(0, 10))
    expect(kept.toSorted().toReversed()).toEqual([
      '2026-11-22',
      '2026-11-21',
      '2026-11-20',
      '2026-11-19',
      '2026-11-18',
      '2026-11-17',
      '2026-11-16',
      '2026-11-15',
      '2026-11-08',
      '2026-11-01',
      '2026-10-31',
      '2026-09-30',
      '2026-08-31',
      '2026-07-31',
      '2026-06-30',
    ])
  })

  it('never drops the newest, and drops nothing twice', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 4e12 }), { minLength: 1 }), (times) => {
        const kept = chooseBackupsToKeep(times)
        expect(kept.has(Math.max(...times))).toBe(true)
        expect(kept.size).toBeLessThanOrEqual(1 + 7 + 4 + 6)
        expect(chooseBackupsToKeep([...kept])).toEqual(kept)
      }),
    )
  })
})

describe('health', () => {
  let folder: string
  let library: StoredLibrary
  let furnished: Furnished
  let clock = Date.UTC(2026, 0, 1)
  const now = () => (clock += 1000)
  const open = async () => (library = await openLibrary({ folder, now }))

  beforeEach(async () => {
    folder = makeQuickFolder('health')
    await open()
    furnished = await furnish(library)
  })
  afterEach(() => {
    library.close()
    rmSync(folder, { recursive: true })
  })
  const shownIds = () => library.findPictures({}).items.map((picture) => picture.id)
  const marks = () => library.findPictures({}).items.map(({ id, rating, tags }) => ({ id, rating, tags }))

  it('backs up when a day has passed, and each backup is a database of its own', async () => {
    expect(await library.backUpIfDue()).toBeNull()
    clock += day
    const info = await library.backUpIfDue()
    expect(library.listBackups()[0]).toEqual(info)
    expect(readdirSync(join(folder, 'backups')).filter((name) => !name.endsWith('Z.db'))).toEqual([])
  })

  it('goes back to a backup and keeps the pictures made since', async () => {
    const { name } = library.listBackups()[0]!
    const before = marks()
    library.ratePictures(furnished.shown, 1)
    const { id } = library.createGeneration(sampleGeneration({ prompt: 'made since' }))
    const since = await library.addCandidate(id, sampleCandidate(0, createRandom(20)))
    library.close()
    const report = await restoreBackup({ folder, now }, name)
    expect(report).toMatchObject({ restoredFrom: { name }, rebuilt: { added: 1 }, pictures: 7 })
    await open()
    expect(marks()).toEqual([{ id: since.id, rating: 0, tags: [] }, ...before])
    await expect(restoreBackup({ folder: join(folder, 'none') }, name)).rejects.toThrow('There is no library')
  })

  it('says that the database is missing, and rebuilds it from the pictures alone', async () => {
    const before = library.findPictures({}).items.map(({ tags: _t, rating: _r, ...picture }) => picture)
    library.close()
    for (const name of readdirSync(folder)) {
      if (name.startsWith('easel.db') || name === 'backups') rmSync(join(folder, name), { recursive: true })
    }
    await expect(open()).rejects.toMatchObject({ code: 'libraryDamaged' })
    library = await openLibrary({ folder, now, onDamage: 'repair' })
    expect(library.startUp?.repair).toMatchObject({
      restoredFrom: null,
      rebuilt: { files: 8, added: 8, unreadable: 0 },
    })
    const after = library.findPictures({}).items.map(({ tags: _t, rating: _r, ...picture }) => picture)
    expect(after).toEqual(before)
    expect(library.findPictures({ filter: { isDeleted: true } }).items).toHaveLength(2)
    expect(library.findPictures({ filter: { query: 'appl' } }).items).toHaveLength(6)
  })

  /** @returns what a person has said of pictures, after changes of every kind since the newest backup. */
  function markEverything() {
    const [first, second] = furnished.shown
    library.ratePictures(furnished.shown, 2)
    library.ratePictures([first!], 5)
    library.changeTags([first!, second!], { add: ['Straße', '🍎'] })
    library.changeTags([first!], { remove: ['🍎'] })
    const [best] = library.listCollections()
    const { id } = library.createCollection('To print')
    library.changeCollection(id, { add: [second!] })
    library.renameCollection(id, 'Printed')
    library.removeCollection(best!.id)
  }
  const said = () => ({ pictures: marks(), collections: library.listCollections(), tags: library.listTags() })
  const lose = (...names: string[]) => {
    library.close()
    for (const name of ['', '-wal', '-shm'].map((ending) => databaseName + ending).concat(names))
      rmSync(join(folder, name), { recursive: true, force: true })
  }

  it.each([{ lost: [] }, { lost: ['backups'] }])(
    'keeps marks when the database is lost, with $lost',
    async ({ lost }) => {
      markEverything()
      const before = said()
      lose(...lost)
      writeFileSync(join(folder, 'marks', '999999999999.json'), '{"kind":"ra')
      library = await openLibrary({ folder, now, onDamage: 'repair' })
      expect(said()).toEqual(before)
      library.ratePictures(furnished.shown, 1)
      expect(marks().map(({ rating }) => rating)).toEqual([1, 1, 1, 1, 1, 1])
    },
  )

  it('keeps marks apart until two backups have them, and makes none again that came after the backup gone back to', async () => {
    const before = said()
    const { name } = library.listBackups()[0]!
    markEverything()
    const changes = () => readdirSync(join(folder, 'marks')).length
    for (const left of [8, 1]) {
      clock += day
      await library.backUp()
      expect(changes()).toBe(left)
      library.ratePictures(furnished.shown, 3)
    }
    library.close()
    const { setAside } = await restoreBackup({ folder, now }, name)
    expect(readdirSync(join(folder, setAside!, 'marks'))).toHaveLength(2)
    await open()
    expect(said()).toEqual(before)
  })

  it('makes no change that could not be kept', async () => {
    library.close()
    const files = createFaultyFiles(nodeFileSystem)
    library = await openLibrary({ folder, now, files })
    const before = said()
    files.arm(0, 'EIO', true)
    expect(() => library.ratePictures(furnished.shown, 1)).toThrow(StudioError)
    files.disarm()
    expect(said()).toEqual(before)
    expect(() => library.changeTags(furnished.shown, { add: [' '] })).toThrow(StudioError)
    expect(said()).toEqual(before)
  })

  it('repairs a damaged database: keeps it aside untouched, and brings pictures and marks back', async () => {
    library.ratePictures(furnished.shown, 2)
    const before = marks()
    library.close()
    const file = join(folder, databaseName)
    const bytes = readFileSync(file)
    bytes.fill(0, 4096 * 3, 4096 * 4)
    writeFileSync(file, bytes)
    const report = await repairLibrary({ folder, now })
    expect(report.problems.length).toBeGreaterThan(0)
    expect(readFileSync(join(folder, report.setAside!, databaseName)).equals(bytes)).toBe(true)
    await open()
    expect(shownIds()).toEqual(before.map((picture) => picture.id))
    expect(await library.verify()).toMatchObject({ databaseProblems: [], pictureProblems: [], orphanFiles: 0 })
  })

  it('brings over labels, saved searches and the chosen CLIP pack', async () => {
    const { pack } = sampleGeneration()
    library.scoreLabel(pack, { name: 'an apple', embedding: sampleVector(8, createRandom(2)) })
    library.changeKept({ savedSearches: [{ name: 'Red', way: 'words', filter: { query: 'red' }, order: 'newest' }] })
    library.chooseClipPack(pack)
    const chosen = () => [library.readKept(), library.readClipPack(), library.listLabels()]
    const before = chosen()
    library.close()
    rmSync(join(folder, 'backups'), { recursive: true })
    await repairLibrary({ folder, now, isForced: true })
    await open()
    expect(library.scoreKeptLabels()).toBe(8)
    expect(chosen()).toEqual(before)
  })

  it('finds pictures that were renamed by hand or in capitals, or whose file is imported again', async () => {
    const [renamed, moved, capital, lost] = furnished.shown.map((id) => library.pictureFile(id))
    const copy = readFileSync(lost!)
    const before = marks()
    const strange = join(folder, 'objects', 'holiday.png')
    writeFileSync(strange, await encodePng(sampleCandidate(0, createRandom(4)).picture))
    renameSync(renamed!, join(dirname(renamed!), 'nice apple.png'))
    renameSync(moved!, join(folder, 'objects', 'moved.PNG'))
    mkdirSync(join(folder, 'objects', 'AB'))
    renameSync(capital!, join(folder, 'objects', 'AB', basename(capital!).toUpperCase()))
    rmSync(lost!)
    expect(await library.verify()).toMatchObject({ orphanFiles: 4, pictureProblems: { length: 4 } })
    expect(await library.rebuild()).toMatchObject({ added: 0, known: 7, unreadable: 0 })
    expect(await library.verify()).toMatchObject({ orphanFiles: 1, pictureProblems: { length: 1 } })
    writeFileSync(join(folder, 'copy.png'), copy)
    expect(library.importPictures({ files: [join(folder, 'copy.png')] })).toMatchObject({ added: 0, known: 1 })
    expect(await library.verify()).toMatchObject({ orphanFiles: 1, pictureProblems: [] })
    expect(marks()).toEqual(before)
    expect(existsSync(strange)).toBe(true)
  })

  it('is no new library when every file has capitals for a name, and comes back from them', async () => {
    library.close()
    const upper = join(folder, 'copy')
    const files = readdirSync(join(folder, 'objects'), { recursive: true, withFileTypes: true })
    for (const file of files.filter((entry) => entry.isFile())) {
      const target = join(upper, 'objects', relative(join(folder, 'objects'), file.parentPath).toUpperCase())
      mkdirSync(target, { recursive: true })
      copyFileSync(join(file.parentPath, file.name), join(target, file.name.toUpperCase()))
    }
    await expect(openLibrary({ folder: upper })).rejects.toMatchObject({ code: 'libraryDamaged' })
    library = await openLibrary({ folder: upper, now, onDamage: 'repair' })
    expect(shownIds()).toEqual(furnished.shown.toReversed())
    expect(await library.verify()).toMatchObject({ orphanFiles: 0, pictureProblems: [] })
  })

  it('leaves a sound library as it is', async () => {
    library.close()
    const before = readFileSync(join(folder, databaseName))
    expect(await repairLibrary({ folder, now })).toMatchObject({ problems: [], setAside: null, pictures: 6 })
    expect(readFileSync(join(folder, databaseName)).equals(before)).toBe(true)
    await open()
  })

  it('finds a value that changed in the database behind its back, and takes it from the file', async () => {
    library.close()
    const db = openWritable(join(folder, databaseName))
    db.exec(`UPDATE generations SET seed = 8`)
    const keys = db.prepare('SELECT key FROM pictures ORDER BY key').pluck().all() as number[]
    db.prepare('UPDATE picture_tokens SET tokens = zeroblob(32) WHERE picture_key = ?').run(keys[0])
    db.prepare('UPDATE picture_tokens SET entropies = zeroblob(64) WHERE picture_key = ?').run(keys[1])
    db.prepare('UPDATE embeddings SET vector = zeroblob(32) WHERE picture_key = ?').run(keys[2])
    db.close()
    rmSync(join(folder, 'backups'), { recursive: true })
    await open()
    const found = await library.verify()
    expect(new Set(found.pictureProblems.map(({ problem }) => problem))).toEqual(
      new Set(['its seed in the database is not what its file says']),
    )
    library.close()
    const report = await repairLibrary({ folder, now })
    expect(report.problems).toHaveLength(8)
    await open()
    expect(library.getPicture(furnished.shown[0]!).generation.seed).toBe(7)
    const entropies = furnished.shown.slice(0, 3).map((id) => library.getPicture(id).entropies.length)
    expect(entropies).toEqual([16, 0, 16])
    expect(() => library.searchPicture(furnished.shown[2]!)).toThrow('no CLIP embedding')
    expect(await library.verify()).toMatchObject({ databaseProblems: [], pictureProblems: [] })
  })

  it('scrubs a few pictures at a time, goes on where it was, and remembers what is damaged', async () => {
    const victim = furnished.shown[1]!
    appendFileSync(library.pictureFile(victim), 'x')
    expect(library.scrub(1).problems).toEqual([])
    library.close()
    await open()
    expect(library.scrub(3)).toEqual({
      checked: 3,
      problems: [{ pictureId: victim, problem: 'its file is damaged' }],
      isRoundFinished: false,
    })
    expect(library.listDamaged()).toEqual([{ pictureId: victim, problem: 'its file is damaged' }])
    expect(library.stats()).toMatchObject({
      pictures: 6,
      inTrash: 2,
      damagedPictures: 1,
      schemaVersion: latestVersion(migrations),
    })
    expect(library.scrub(64)).toMatchObject({ checked: 4, isRoundFinished: true })
    expect(library.scrub(64)).toMatchObject({ checked: 8, isRoundFinished: true })
  })
})
