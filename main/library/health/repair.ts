import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { BackupInfo, RepairReport } from '#app/domain/library-health.ts'

import { openReadable, openWritable } from '../database/database.ts'
import { toLibraryError } from '../database/library-errors.ts'
import { copyFileDurably, makeFolderDurably } from '../files/durable-write.ts'
import { nodeFileSystem } from '../files/file-system.ts'
import { refuseFile } from '../files/make-folders.ts'
import { openObjectStore } from '../files/object-store.ts'
import { databaseName, type LibraryContext, type LibraryOptions } from '../library-folder.ts'
import { lockLibrary } from '../lock.ts'
import { countFound } from '../search/timeline.ts'
import { listBackups, soundBackup } from './backups.ts'
import { replaceDatabase } from './replace-database.ts'
import { findDatabaseProblems, verify } from './verify.ts'

const nothingDone = {
  problems: [],
  setAside: null,
  restoredFrom: null,
  rebuilt: null,
  salvaged: null,
  rowsDropped: 0,
  rowsCorrected: 0,
} satisfies Omit<RepairReport, 'pictures'>

/**
 * Puts a damaged library right: the damaged files are copied aside and never written to; the newest backup that passes
 * its check is completed by the picture files and by what can still be read. A sound library is left as it is.
 * @param options.isForced rebuild even when nothing is found wrong.
 */
export async function repairLibrary(options: LibraryOptions & { readonly isForced?: boolean }): Promise<RepairReport> {
  return withLock(options, async (context) => {
    const { files, folder } = context
    const setAside = asideFolder(context)
    const live = join(folder, databaseName)
    const evidence = existsSync(live) ? folder : newestEvidence(context)
    const copies = evidence === undefined ? [] : copyEvidence(context, evidence, setAside)
    const problems = evidence === folder ? await problemsOfCopy(context, copies.at(-1)!) : ['the database is missing']
    if (problems.length === 0 && options.isForced !== true) {
      const pictures = countShown(copies.at(-1)!)
      rmSync(setAside, { recursive: true })
      return { ...nothingDone, problems, pictures }
    }
    const base = newestSoundBackup(context)
    const backup = base === undefined ? undefined : soundBackup(files, folder, base.name)
    const report = await replaceDatabase(context, {
      ...{ backup, damagedCopies: copies, setAside },
      isGoingBack: false,
    })
    rmSync(join(setAside, 'work'), { recursive: true, force: true })
    return { problems, setAside: setAside.slice(folder.length + 1), restoredFrom: base ?? null, ...report }
  })
}

/** Goes back to a backup, keeps the present database aside, and takes in the pictures made since. */
export async function restoreBackup(options: LibraryOptions, name: string): Promise<RepairReport> {
  return withLock(options, async (context) => {
    const { files, folder } = context
    const backup = soundBackup(files, folder, name)
    if (backup === undefined) throw new StudioError('libraryDamaged', `The backup ${name} does not pass its check.`)
    const setAside = asideFolder(context)
    const report = await replaceDatabase(context, { backup, damagedCopies: [], setAside, isGoingBack: true })
    const restoredFrom = listBackups(files, folder).find((one) => one.name === name) ?? null
    return { problems: [], setAside: setAside.slice(folder.length + 1), restoredFrom, ...report }
  })
}

async function withLock<T>(options: LibraryOptions, work: (context: LibraryContext) => Promise<T>): Promise<T> {
  const { folder, files = nodeFileSystem, program = 'Easel', now = Date.now } = options
  try {
    refuseFile(files, folder)
    if (files.stat(folder) === undefined) throw new StudioError('notFound', `There is no library in ${folder}.`)
    const lock = lockLibrary(files, folder, program, now())
    try {
      return await work({ folder, files, objects: openObjectStore(files, folder), software: program, now })
    } finally {
      lock.release()
    }
  } catch (error) {
    throw toLibraryError(error)
  }
}

function asideFolder({ files, folder, now }: LibraryContext): string {
  for (let time = now(); ; time++) {
    const target = join(folder, 'damaged', new Date(time).toISOString().replaceAll(/[:.]/g, '-'))
    if (files.stat(target) !== undefined) continue
    makeFolderDurably(files, folder, target)
    return target
  }
}

/** A repair that a crash cut short between moving the old database away and the new one in. */
function newestEvidence({ files, folder }: LibraryContext): string | undefined {
  const names = files.listFolder(join(folder, 'damaged')).toReversed()
  const found = names.find((name) => existsSync(join(folder, 'damaged', name, databaseName)))
  return found === undefined ? undefined : join(folder, 'damaged', found)
}

/**
 * Copies the evidence aside, and makes two working copies: the database file alone, and with its WAL. A WAL that was
 * torn or belongs elsewhere spoils only the second.
 */
function copyEvidence({ files, folder }: LibraryContext, evidence: string, setAside: string): readonly string[] {
  const database = join(evidence, databaseName)
  const wal = `${database}-wal`
  const alone = join(setAside, 'work', 'alone')
  const withWal = join(setAside, 'work', 'with-wal')
  for (const target of [alone, withWal]) makeFolderDurably(files, folder, target)
  for (const target of evidence === folder ? [setAside, alone, withWal] : [alone, withWal]) {
    copyFileDurably(files, database, join(target, databaseName))
    if (target !== alone && existsSync(wal)) copyFileDurably(files, wal, join(target, `${databaseName}-wal`))
  }
  return [join(alone, databaseName), join(withWal, databaseName)]
}

async function problemsOfCopy(context: LibraryContext, copy: string): Promise<readonly string[]> {
  try {
    const isEmpty = takeInWal(copy)
    if (isEmpty) return ['the database is empty']
    const db = openReadable(copy)
    try {
      const problems = findDatabaseProblems(db)
      if (problems.length > 0) return problems
      const report = await verify(db, context.objects)
      const wrongRows = report.pictureProblems.filter(({ problem }) => problem.includes('database'))
      return [...wrongRows.map(({ problem, pictureId }) => `${pictureId}: ${problem}`)]
    } finally {
      db.close()
    }
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** Lets SQLite take in the WAL of the copy. @returns true when there is no schema in it at all. */
function takeInWal(copy: string): boolean {
  const db = openWritable(copy)
  try {
    return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
  } finally {
    db.close()
  }
}

function countShown(database: string): number {
  const db = openReadable(database)
  try {
    return countFound(db)
  } finally {
    db.close()
  }
}

function newestSoundBackup({ files, folder }: LibraryContext): BackupInfo | undefined {
  return listBackups(files, folder).find((backup) => soundBackup(files, folder, backup.name) !== undefined)
}
