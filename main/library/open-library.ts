import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

import { get, openReadable, openWritable, type ReadableDb, type WritableDb } from './database/database.ts'
import { toLibraryError, withLibraryErrors } from './database/library-errors.ts'
import { checkIdentity, latestVersion, migrate, readSchemaVersion } from './database/migrate.ts'
import { nodeFileSystem, type FileSystem } from './files/file-system.ts'
import { openObjectStore, type ObjectStore } from './files/object-store.ts'
import type { StartUpReport, StoredLibrary } from './library.ts'
import { lockLibrary } from './lock.ts'
import { migrations } from './migrations/migrations.ts'
import {
  changeCollection,
  createCollection,
  listCollections,
  removeCollection,
  renameCollection,
} from './organise/collections.ts'
import { changeTags, listTags, ratePictures } from './organise/marks.ts'
import { daysInTrash, deletePictures, emptyTrash, moveDeletedFiles, restorePictures } from './organise/trash.ts'
import { addCandidate } from './records/add-candidate.ts'
import {
  createGeneration,
  getGeneration,
  listGenerations,
  listUnfinished,
  setGenerationState,
} from './records/generations.ts'
import { appendRow, readJournal } from './records/journal.ts'
import { getPicture, listPictures, listPicturesOf, pictureFile } from './records/pictures.ts'
import { findPictures } from './search/find-pictures.ts'
import { countUnfinished, findMissingFiles } from './start-up.ts'

export const databaseName = 'easel.db'

export interface LibraryOptions {
  /** Made when it is not there. */
  readonly folder: string
  /** `read` opens beside a writer, takes no lock and changes nothing. Default `write`. */
  readonly access?: 'read' | 'write'
  /** Goes into every PNG and into the refusal that a second writer gets: name and version. */
  readonly program?: string
  readonly files?: FileSystem
  /** Unix time in milliseconds. */
  readonly now?: () => number
}

/** What the parts of a library share. */
export interface LibraryContext {
  readonly folder: string
  readonly objects: ObjectStore
  readonly files: FileSystem
  readonly software: string
  now(): number
}

/**
 * Opens the library of a folder: locks it for this process, checks it after an unclean exit, brings its schema up to
 * date and cleans up. Rejects with `libraryLocked` (the message says who), `libraryDamaged`, or what the disk says.
 * A library of a newer Easel is opened for reading only and not changed.
 */
export async function openLibrary(options: LibraryOptions): Promise<StoredLibrary> {
  try {
    return open(options)
  } catch (error) {
    throw toLibraryError(error)
  }
}

function open(options: LibraryOptions): StoredLibrary {
  const { folder, access = 'write', files = nodeFileSystem, program = 'Easel', now = Date.now } = options
  const file = join(folder, databaseName)
  const context: LibraryContext = { folder, files, objects: openObjectStore(files, folder), software: program, now }
  if (access === 'read') {
    if (!existsSync(file)) throw new StudioError('notFound', `There is no library in ${folder}.`)
    return readerOf(context, file, 'it was opened for reading')
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = lockLibrary(files, folder, program, now())
  try {
    const newer = newerSchema(file)
    if (newer !== undefined) {
      lock.release()
      return readerOf(context, file, newer)
    }
    const db = openWritable(file)
    try {
      if (lock.wasLeftOpen) checkQuickly(db)
      checkIdentity(db, migrations)
      const migrationsApplied = migrate(db, migrations)
      moveDeletedFiles(db, context.objects)
      const startUp: StartUpReport = {
        wasLeftOpen: lock.wasLeftOpen,
        temporaryFilesRemoved: context.objects.cleanTemporary(),
        migrationsApplied,
        missingFiles: findMissingFiles(db, context.objects),
        unfinishedGenerations: countUnfinished(db),
      }
      return writerOf(context, db, startUp, lock.release)
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Looked at through a reading connection: a file of a newer Easel stays as it is, byte for byte. */
function newerSchema(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  const db = openReadable(file)
  try {
    const [version, known] = [readSchemaVersion(db), latestVersion(migrations)]
    return version > known ? `it has schema ${version} of a newer Easel; this one knows up to ${known}` : undefined
  } finally {
    db.close()
  }
}

function checkQuickly(db: ReadableDb): void {
  const answer = db.pragma('quick_check(1)', { simple: true })
  if (answer !== 'ok') throw new StudioError('libraryDamaged', `The library database is damaged: ${String(answer)}.`)
}

function readingMethods(context: LibraryContext, db: ReadableDb) {
  return {
    folder: context.folder,
    readJournal: (id) => readJournal(db, id),
    listUnfinished: () => listUnfinished(db),
    getGeneration: (id) => getGeneration(db, id),
    listPicturesOf: (id) => listPicturesOf(db, id),
    listGenerations: (request) => listGenerations(db, request),
    listPictures: (request) => listPictures(db, request),
    getPicture: (id) => getPicture(db, id),
    pictureFile: (id) => pictureFile(db, context.objects, id),
    countPictures: () => get<{ n: number }>(db, 'SELECT count(*) AS n FROM pictures WHERE deleted_at IS NULL')!.n,
    findPictures: (request) => findPictures(db, request),
    listTags: () => listTags(db),
    listCollections: () => listCollections(db),
  } satisfies Partial<StoredLibrary>
}

function readerOf(context: LibraryContext, file: string, reason: string): StoredLibrary {
  const db = openReadable(file)
  const refuse = () => {
    throw new StudioError('libraryReadOnly', `The library cannot be changed: ${reason}.`)
  }
  return withLibraryErrors<StoredLibrary>({
    ...readingMethods(context, db),
    access: 'read',
    startUp: null,
    createGeneration: refuse,
    setGenerationState: refuse,
    appendRow: refuse,
    addCandidate: async () => refuse(),
    ratePictures: refuse,
    changeTags: refuse,
    createCollection: refuse,
    renameCollection: refuse,
    removeCollection: refuse,
    changeCollection: refuse,
    deletePictures: refuse,
    restorePictures: refuse,
    emptyTrash: refuse,
    close: () => db.close(),
  })
}

function writerOf(context: LibraryContext, db: WritableDb, startUp: StartUpReport, unlock: () => void): StoredLibrary {
  const { now } = context
  return withLibraryErrors<StoredLibrary>({
    ...readingMethods(context, db),
    access: 'write',
    startUp,
    createGeneration: (generation) => createGeneration(db, generation, now()),
    setGenerationState: (id, state, details = {}) => setGenerationState(db, id, state, now(), details),
    appendRow: (id, row) => appendRow(db, id, row),
    addCandidate: (id, candidate) => addCandidate({ ...context, db }, id, candidate),
    ratePictures: (ids, rating) => ratePictures(db, ids, rating),
    changeTags: (ids, change) => changeTags(db, ids, change),
    createCollection: (name) => createCollection(db, name, now()),
    renameCollection: (id, name) => renameCollection(db, id, name),
    removeCollection: (id) => removeCollection(db, id),
    changeCollection: (id, change) => changeCollection(db, id, change),
    deletePictures: (ids) => deletePictures(db, context.objects, ids, now()),
    restorePictures: (ids) => restorePictures(db, context.objects, ids),
    emptyTrash: (days = daysInTrash) => emptyTrash(db, context.objects, now() - days * 86_400_000),
    close: () => {
      if (!db.open) return
      db.close()
      unlock()
    },
  })
}
