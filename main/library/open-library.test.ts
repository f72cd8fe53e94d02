import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { all, openWritable } from './database/database.ts'
import { openCopy } from './database/open-for-reading.ts'
import { migrations } from './migrations/migrations.ts'
import { openLibrary } from './open-library.ts'
import { makeQuickFolder } from './testing/folders.ts'
import { openLibraryBench, type LibraryBench } from './testing/library-bench.ts'
import { sampleGeneration } from './testing/sample.ts'

let bench: LibraryBench
beforeEach(async () => {
  bench = await openLibraryBench()
})
afterEach(() => bench.end())

describe('access', () => {
  it('lets one writer in, and tells the second who that is', async () => {
    await expect(openLibrary({ folder: bench.folder })).rejects.toMatchObject({
      code: 'libraryLocked',
      message: expect.stringContaining(`Easel 9.9.9, process ${process.pid}`),
    })
  })

  it('lets readers in beside the writer, who see what is committed and change nothing', async () => {
    const reader = await openLibrary({ folder: bench.folder, access: 'read' })
    await bench.addPictures(1)
    expect(reader.countPictures()).toBe(1)
    expect(() => reader.createGeneration(sampleGeneration())).toThrow(
      expect.objectContaining({ code: 'libraryReadOnly' }),
    )
    reader.close()
  })

  it('opens a library of a newer Easel for reading only and leaves it as it is, byte for byte', async () => {
    await bench.addPictures(2)
    bench.library.close()
    const file = join(bench.folder, 'easel.db')
    const db = openWritable(file)
    db.pragma('user_version = 9990')
    db.close()
    const before = readFileSync(file)
    bench.library = await openLibrary({ folder: bench.folder })
    expect(bench.library.access).toBe('read')
    expect(bench.library.countPictures()).toBe(2)
    expect(() => bench.library.ratePictures([], 1)).toThrow('newer Easel')
    bench.library.close()
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('reads a copy where nothing can be written, of an older schema too, and leaves the original as it is', async () => {
    await bench.addPictures(2)
    bench.library.close()
    const file = join(bench.folder, 'easel.db')
    const before = readFileSync(file)
    const { db, close } = openCopy(file, [
      ...migrations,
      { version: 9000, name: 'next', up: (newer) => void newer.exec('CREATE TABLE next (key INTEGER PRIMARY KEY)') },
    ])
    expect(all(db, 'SELECT count(*) AS n FROM pictures JOIN next')).toEqual([{ n: 0 }])
    expect(all(db, 'SELECT count(*) AS n FROM pictures')).toEqual([{ n: 2 }])
    const copy = dirname(db.name)
    close()
    expect([
      existsSync(copy),
      readFileSync(file).equals(before),
      readdirSync(bench.folder).includes('easel.db-shm'),
    ]).toEqual([false, true, false])
    bench.library = await openLibrary({ folder: bench.folder, now: bench.now })
  })

  it('makes missing folders, and says what is in the way', async () => {
    const deep = await openLibrary({ folder: join(bench.folder, 'a', 'b') })
    deep.close()
    writeFileSync(join(bench.folder, 'a', 'note.txt'), 'x')
    const refusal = (at: string) => openLibrary({ folder: at }).catch((error: unknown) => error)
    const isFile = {
      code: 'invalidRequest',
      message: `${join(bench.folder, 'a', 'note.txt')} is a file; a library is a folder.`,
    }
    expect(await refusal(join(bench.folder, 'a', 'note.txt'))).toMatchObject(isFile)
    expect(await refusal(join(bench.folder, 'a', 'note.txt', 'library'))).toMatchObject(isFile)
    await expect(openLibrary({ folder: join(bench.folder, 'a', 'note.txt'), access: 'read' })).rejects.toMatchObject(
      isFile,
    )
    const named = await refusal(join(bench.folder, 'a', 'b', 'easel.db'))
    expect(named).toMatchObject({
      message: expect.stringContaining(`Name its folder: ${join(bench.folder, 'a', 'b')}.`) as string,
    })
  })

  it.runIf(process.platform === 'linux')('ends where no folder can be made', async () => {
    await expect(openLibrary({ folder: '/proc/easel-library' })).rejects.toMatchObject({
      code: 'storageFailed',
      message: 'The folder /proc/easel-library cannot be made (ENOENT).',
    })
  })

  it('points a reader of a library without its database to repair', async () => {
    await bench.addPictures(1)
    bench.library.close()
    for (const name of readdirSync(bench.folder)) if (name.startsWith('easel.db')) rmSync(join(bench.folder, name))
    await expect(openLibrary({ folder: bench.folder, access: 'read' })).rejects.toMatchObject({
      code: 'libraryDamaged',
      message: expect.stringContaining('easel library repair') as string,
    })
  })

  it('refuses a database of another program', async () => {
    bench.library.close()
    const other = makeQuickFolder('other')
    const db = openWritable(join(other, 'easel.db'))
    db.exec('CREATE TABLE notes (text TEXT)')
    db.close()
    await expect(openLibrary({ folder: other })).rejects.toMatchObject({ code: 'libraryDamaged' })
    rmSync(other, { recursive: true })
    bench.library = await openLibrary({ folder: bench.folder })
  })

  it('cleans what a dead writer left half written, and says that it was left open', async () => {
    await bench.addPictures(1)
    bench.library.close()
    writeFileSync(join(bench.folder, 'objects', 'tmp', 'half'), 'x')
    writeFileSync(join(bench.folder, 'open.json'), '{}')
    bench.library = await openLibrary({ folder: bench.folder })
    expect(bench.library.startUp).toEqual({
      wasLeftOpen: true,
      temporaryFilesRemoved: 1,
      migrationsApplied: 0,
      missingFiles: [],
      unfinishedGenerations: 0,
      repair: null,
    })
  })
})
