import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { BackupInfo } from '#app/domain/library-health.ts'

import { openReadable, openWritable, type WritableDb } from '../database/database.ts'
import { makeFolderDurably, removeIfThere } from '../files/durable-write.ts'
import type { FileSystem } from '../files/file-system.ts'
import { removeChangesUpTo } from '../organise/change-files.ts'
import { lastChange } from '../organise/mark-changes.ts'
import { chooseBackupsToKeep } from './thinning.ts'
import { findDatabaseProblems } from './verify.ts'

export const backupEveryMs = 24 * 3_600_000
const namePattern = /^easel-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3})Z\.db$/

export const backupFolder = (folder: string) => join(folder, 'backups')

function nameOf(timeMs: number): string {
  return `easel-${new Date(timeMs).toISOString().replaceAll(/[:.]/g, '-')}.db`
}

function timeOf(name: string): number | undefined {
  const [date, time] = namePattern.exec(name)?.[1]?.split('T') ?? []
  if (date === undefined || time === undefined) return undefined
  const [hours, minutes, seconds, milliseconds] = time.split('-')
  const parsed = Date.parse(`${date}T${hours}:${minutes}:${seconds}.${milliseconds}Z`)
  return Number.isNaN(parsed) ? undefined : parsed
}

/** Newest first. */
export function listBackups(files: FileSystem, folder: string): readonly BackupInfo[] {
  return files
    .listFolder(backupFolder(folder))
    .flatMap((name) => {
      const time = timeOf(name)
      if (time === undefined) return []
      const bytes = files.stat(join(backupFolder(folder), name))?.bytes ?? 0
      return [{ name, createdAt: new Date(time).toISOString(), bytes }]
    })
    .reverse()
}

/**
 * A consistent copy of the database under `backups/`, made page by page on the writer's connection while it goes on
 * working, checked in full, fsynced and only then given its name. Older ones are thinned. Pictures need no copy: their
 * files never change. Changes of marks that two backups hold are no longer kept apart. Throws `libraryDamaged` when the copy does not pass, and keeps every older backup.
 */
export async function backUp(files: FileSystem, folder: string, db: WritableDb, nowMs: number): Promise<BackupInfo> {
  const target = backupFolder(folder)
  makeFolderDurably(files, folder, target)
  // Of a backup that a crash cut short.
  for (const name of files.listFolder(target)) if (name.startsWith('tmp-')) removeIfThere(files, join(target, name))
  const temporary = join(target, `tmp-${randomUUID()}.db`)
  try {
    await db.backup(temporary)
    const problems = settle(temporary)
    if (problems.length > 0) throw new StudioError('libraryDamaged', `A new backup failed its check: ${problems[0]}`)
    let time = nowMs
    while (files.stat(join(target, nameOf(time))) !== undefined) time++
    const descriptor = files.open(temporary, 'r')
    try {
      files.sync(descriptor)
    } finally {
      files.close(descriptor)
    }
    files.rename(temporary, join(target, nameOf(time)))
    files.syncFolder(target)
    thin(files, folder)
    removeChangesUpTo(files, folder, lastChangeBackedUpTwice(files, folder))
    return listBackups(files, folder).find((backup) => backup.name === nameOf(time))!
  } catch (error) {
    for (const ending of ['', '-journal', '-wal', '-shm']) removeIfThere(files, temporary + ending)
    throw error
  }
}

/**
 * Were the newest backup found unsound one day, the one before it and the changes since would do. That one was checked in full when it
 * was made, and is not again: the check takes seconds of a large library. One that cannot be read holds nothing.
 */
function lastChangeBackedUpTwice(files: FileSystem, folder: string): number {
  const [, older] = listBackups(files, folder)
  if (older === undefined) return 0
  try {
    const db = openReadable(join(backupFolder(folder), older.name))
    try {
      return lastChange(db)
    } finally {
      db.close()
    }
  } catch {
    return 0
  }
}

/** One file without a WAL beside it. @returns what its full check finds. */
function settle(file: string): readonly string[] {
  const copy = openWritable(file)
  try {
    copy.pragma('journal_mode = DELETE')
    return findDatabaseProblems(copy)
  } finally {
    copy.close()
  }
}

function thin(files: FileSystem, folder: string): void {
  const backups = listBackups(files, folder)
  const kept = chooseBackupsToKeep(backups.map((backup) => Date.parse(backup.createdAt)))
  for (const { name, createdAt } of backups) {
    if (!kept.has(Date.parse(createdAt))) removeIfThere(files, join(backupFolder(folder), name))
  }
}

/** A backup of a day that has not come yet, from when the clock was ahead, is none of today. */
export function isBackupDue(files: FileSystem, folder: string, nowMs: number): boolean {
  return !listBackups(files, folder).some(({ createdAt }) => Math.abs(nowMs - Date.parse(createdAt)) < backupEveryMs)
}

/** Path of a backup that passes its check; undefined when it does not. Throws `notFound` for a name that is none. */
export function soundBackup(files: FileSystem, folder: string, name: string): string | undefined {
  const file = join(backupFolder(folder), name)
  if (timeOf(name) === undefined || files.stat(file) === undefined) {
    const names = listBackups(files, folder).map((backup) => backup.name)
    const others = names.length === 0 ? 'none was made yet' : `there are: ${names.join(', ')}`
    throw new StudioError('notFound', `There is no backup ${JSON.stringify(name)}; ${others}.`)
  }
  try {
    const db = openReadable(file)
    try {
      return findDatabaseProblems(db).length === 0 ? file : undefined
    } finally {
      db.close()
    }
  } catch {
    return undefined
  }
}
