import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { RepairReport } from '#app/domain/library-health.ts'
import type { CollectionId } from '#app/domain/organising.ts'

import { openReadable, openWritable, type ReadableDb, type WritableDb } from './database/database.ts'
import { toLibraryError, withLibraryErrors } from './database/library-errors.ts'
import { checkIdentity, latestVersion, migrate, readSchemaVersion } from './database/migrate.ts'
import { canBeWritten, openForReading } from './database/open-for-reading.ts'
import { nodeFileSystem } from './files/file-system.ts'
import { makeLibraryFolder, refuseFile } from './files/make-folders.ts'
import { openObjectStore } from './files/object-store.ts'
import { backUp, isBackupDue, listBackups } from './health/backups.ts'
import { rebuildFromPictures } from './health/rebuild.ts'
import { repairLibrary } from './health/repair.ts'
import { readStats } from './health/stats.ts'
import { listDamaged, scrub, verify } from './health/verify.ts'
import { databaseName, type LibraryContext, type LibraryOptions } from './library-folder.ts'
import type { StartUpReport, StoredLibrary } from './library.ts'
import { lockLibrary } from './lock.ts'
import { migrations } from './migrations/migrations.ts'
import { getCollection, listCollections } from './organise/collections.ts'
import { changeKept, readKept } from './organise/kept.ts'
import { keepQueueState, readQueueState } from './organise/queue-state.ts'
import { makeChange, type MarkChange } from './organise/mark-changes.ts'
import { listTags } from './organise/marks.ts'
import { daysInTrash, deletePictures, emptyTrash, moveDeletedFiles, restorePictures } from './organise/trash.ts'
import { exportArchive, importArchive } from './portability/archive.ts'
import { findImports, importPictures } from './portability/import-pictures.ts'
import { mergeLibrary } from './portability/merge.ts'
import { addCandidate } from './records/add-candidate.ts'
import {
  createGeneration,
  extendGeneration,
  getGeneration,
  listGenerations,
  listUnfinished,
  setGenerationState,
} from './records/generations.ts'
import { appendRow, readJournal } from './records/journal.ts'
import { newUuid } from './records/keys.ts'
import { getPicture, listPictures, listPicturesOf, listShownIds, pictureFile } from './records/pictures.ts'
import { findPictures } from './search/find-pictures.ts'
import { listVersions } from './search/lineage.ts'
import { countFound, readTimeline } from './search/timeline.ts'
import { checkSimilarity, likeDuplicates, listDuplicates } from './vectors/duplicates.ts'
import { listLabels, listLabelScores, removeLabel, scoreKeptLabels, scoreLabel } from './vectors/labels.ts'
import { addScore, chooseClipPack, countScored, listScores, listUnscored, readClipPack } from './vectors/rescoring.ts'
import { createVectorSearch, type VectorSearch } from './vectors/similar.ts'
import { countUnfinished, findMissingFiles } from './start-up.ts'

/**
 * Opens the library of a folder: locks it for this process, checks it after an unclean exit, brings its schema up to
 * date and cleans up. Rejects with `libraryLocked` (the message says who), `libraryDamaged`, or what the disk says.
 * A library of a newer Easel, and one in a folder that cannot be written to, is opened for reading only and not changed.
 */
export async function openLibrary(options: LibraryOptions): Promise<StoredLibrary> {
  try {
    return await open(options, null)
  } catch (error) {
    const failure = toLibraryError(error)
    const isRepairWanted = options.onDamage === 'repair' && options.access !== 'read'
    if (!isRepairWanted || !(failure instanceof StudioError) || failure.code !== 'libraryDamaged') throw failure
  }
  const repair = await repairLibrary(options)
  try {
    return await open(options, repair)
  } catch (error) {
    throw toLibraryError(error)
  }
}

async function open(options: LibraryOptions, repair: RepairReport | null): Promise<StoredLibrary> {
  const { folder, access = 'write', files = nodeFileSystem, program = 'Easel', now = Date.now } = options
  const file = join(folder, databaseName)
  const context: LibraryContext = { folder, files, objects: openObjectStore(files, folder), software: program, now }
  if (access === 'read') {
    refuseFile(files, folder)
    if (existsSync(folder)) refuseLostDatabase(context, file)
    if (!existsSync(file)) throw new StudioError('notFound', `There is no library in ${folder}.`)
    return readerOf(context, file, 'it was opened for reading')
  }
  makeLibraryFolder(files, folder)
  if (existsSync(file) && !canBeWritten(folder)) return readerOf(context, file, 'its folder cannot be written to')
  const lock = lockLibrary(files, folder, program, now())
  try {
    const newer = newerSchema(file)
    if (newer !== undefined) {
      lock.release()
      return readerOf(context, file, newer)
    }
    refuseLostDatabase(context, file)
    if (lock.wasLeftOpen && existsSync(file)) checkQuickly(file)
    const db = openWritable(file)
    try {
      checkIdentity(db, migrations)
      const isOlder = readSchemaVersion(db) > 0 && readSchemaVersion(db) < latestVersion(migrations)
      if (isOlder) await backUp(files, folder, db, now())
      const migrationsApplied = migrate(db, migrations)
      moveDeletedFiles(db, context.objects)
      const startUp: StartUpReport = {
        wasLeftOpen: lock.wasLeftOpen,
        temporaryFilesRemoved: context.objects.cleanTemporary(),
        migrationsApplied,
        missingFiles: findMissingFiles(db, context.objects),
        unfinishedGenerations: countUnfinished(db),
        repair,
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

/** Pictures without a database are a loss to put right, not a new library to begin. */
function refuseLostDatabase({ objects }: LibraryContext, file: string): void {
  const isThere = existsSync(file) && statSync(file).size > 0
  const isEmpty = [objects.walk('objects'), objects.misnamed('objects')].every((found) => found.next().done === true)
  if (isThere || isEmpty) return
  throw new StudioError(
    'libraryDamaged',
    'The library has pictures but its database is missing. `easel library repair` rebuilds it from the pictures.',
  )
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

/** Through a reading connection, which takes nothing of the WAL into the database: what is damaged is not written to. */
function checkQuickly(file: string): void {
  const db = openReadable(file)
  try {
    const answer = db.pragma('quick_check(1)', { simple: true })
    if (answer !== 'ok') throw new StudioError('libraryDamaged', `The library database is damaged: ${String(answer)}.`)
  } finally {
    db.close()
  }
}

function readingMethods(context: LibraryContext, db: ReadableDb, vectors: VectorSearch) {
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
    listVersions: (id) => listVersions(db, id),
    countPictures: () => countFound(db),
    findPictures: (request) => findPictures(db, request),
    countFound: (filter) => countFound(db, filter),
    readTimeline: (filter, utcOffsetMinutes = 0) => readTimeline(db, filter, utcOffsetMinutes),
    readKept: () => readKept(db),
    readQueueState: () => readQueueState(db),
    listTags: () => listTags(db),
    verify: () => verify(db, context.objects),
    listDamaged: () => listDamaged(db),
    listBackups: () => listBackups(context.files, context.folder),
    stats: () => readStats(db, context),
    readVectors: (of, rows = 1024) => vectors.read(of, rows),
    searchEmbedding: (pack, embedding, limit = 50) => vectors.searchEmbedding(pack, embedding, limit),
    searchPicture: (id, limit = 50) => vectors.searchPicture(id, limit),
    findNearDuplicates: (id, minSimilarity = likeDuplicates) => {
      checkSimilarity(minSimilarity)
      return vectors.findNearDuplicates(id, minSimilarity)
    },
    listDuplicates: (request) => listDuplicates(db, vectors, request),
    readClipPack: () => readClipPack(db),
    countScored: (pack) => countScored(db, pack),
    listScores: (id) => listScores(db, id),
    listUnscored: (pack, limit = 64, before) => listUnscored(db, pack, limit, before),
    listLabels: () => listLabels(db),
    listLabelScores: (id) => listLabelScores(db, id),
    exportArchive: (options) => exportArchive(context, db, { ...options, ids: options.ids ?? listShownIds(db) }),
    listCollections: () => listCollections(db),
  } satisfies Partial<StoredLibrary>
}

function readerOf(context: LibraryContext, file: string, reason: string): StoredLibrary {
  const { db, close } = openForReading(file, migrations)
  const version = readSchemaVersion(db)
  if (version < latestVersion(migrations)) {
    close()
    const what = `The library has the older schema ${version}`
    throw new StudioError('libraryReadOnly', `${what}: open it once for writing, so that it is brought up to date.`)
  }
  const refuse = () => {
    throw new StudioError('libraryReadOnly', `The library cannot be changed: ${reason}.`)
  }
  return withLibraryErrors<StoredLibrary>({
    ...readingMethods(context, db, createVectorSearch(db)),
    access: 'read',
    startUp: null,
    createGeneration: refuse,
    extendGeneration: refuse,
    changeKept: refuse,
    keepQueueState: refuse,
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
    scrub: refuse,
    rebuild: async () => refuse(),
    backUp: async () => refuse(),
    backUpIfDue: async () => refuse(),
    importPictures: refuse,
    chooseClipPack: refuse,
    addScore: refuse,
    scoreLabel: refuse,
    scoreKeptLabels: refuse,
    removeLabel: refuse,
    importArchive: async () => refuse(),
    mergeLibrary: async () => refuse(),
    close,
  })
}

function writerOf(context: LibraryContext, db: WritableDb, startUp: StartUpReport, unlock: () => void): StoredLibrary {
  const { now } = context
  const vectors = createVectorSearch(db)
  const change = (made: MarkChange) => makeChange(context, db, made)
  return withLibraryErrors<StoredLibrary>({
    ...readingMethods(context, db, vectors),
    access: 'write',
    startUp,
    createGeneration: (generation) => createGeneration(db, generation, now()),
    extendGeneration: (id, candidates) => extendGeneration(db, id, candidates),
    changeKept: (changes) => changeKept(db, changes),
    keepQueueState: (state) => keepQueueState(db, state),
    setGenerationState: (id, state, details = {}) => setGenerationState(db, id, state, now(), details),
    appendRow: (id, row) => appendRow(db, id, row),
    addCandidate: (id, candidate) => addCandidate({ ...context, db }, id, candidate),
    ratePictures: (ids, rating) => change({ kind: 'rate', ids, rating }),
    changeTags: (ids, { add, remove }) =>
      change({ kind: 'tag', ids, add: add && [...add], remove: remove && [...remove] }),
    createCollection: (name) => {
      const id = newUuid(now()) as CollectionId
      change({ kind: 'addCollection', id, name, createdMs: now() })
      return getCollection(db, id)
    },
    renameCollection: (id, name) => change({ kind: 'renameCollection', id, name }),
    removeCollection: (id) => change({ kind: 'removeCollection', id }),
    changeCollection: (id, { add, remove }) => change({ kind: 'changeCollection', id, add, remove }),
    deletePictures: (ids) => deletePictures(db, context.objects, ids, now()),
    restorePictures: (ids) => restorePictures(db, context.objects, ids),
    emptyTrash: (days = daysInTrash) => {
      // Keys of rows that went can come again: what was read of them is not to be trusted.
      vectors.forget()
      return emptyTrash(db, context.objects, now() - days * 86_400_000)
    },
    chooseClipPack: (pack) => chooseClipPack(db, pack),
    addScore: (pack, id, scored) => {
      if (addScore(db, pack, id, scored)) vectors.forget()
    },
    scoreLabel: (pack, label, limit = 1000) => scoreLabel(db, pack, label, limit),
    scoreKeptLabels: (limit = 1000) => scoreKeptLabels(db, limit),
    removeLabel: (name) => removeLabel(db, name),
    scrub: (pictures = 64) => scrub(db, context.objects, pictures, now()),
    rebuild: () => rebuildFromPictures(db, context.objects, now()),
    importPictures: (source) =>
      importPictures(context, db, 'files' in source ? source.files : findImports(context.files, source.folder)),
    importArchive: (options) => importArchive(context, db, options),
    mergeLibrary: (folder) => mergeLibrary(context, db, folder),
    backUp: () => backUp(context.files, context.folder, db, now()),
    backUpIfDue: async () =>
      isBackupDue(context.files, context.folder, now()) ? backUp(context.files, context.folder, db, now()) : null,
    close: () => {
      if (!db.open) return
      db.close()
      unlock()
    },
  })
}
