import Database from 'better-sqlite3'
import { hostname } from 'node:os'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

import { canBeWritten } from './database/open-for-reading.ts'
import { removeIfThere } from './files/durable-write.ts'
import type { FileSystem } from './files/file-system.ts'

/** Who has the library open for writing, as the refusal says it. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
  readonly program: string
  /** ISO 8601, UTC. */
  readonly since: string
}

export interface LibraryLock {
  /** The last writer did not close the library: it crashed, was killed, or the power went. */
  readonly wasLeftOpen: boolean
  release(): void
}

/**
 * One writer per library folder. The lock itself is the operating system's, taken through SQLite on a file of its own:
 * it ends with its process, so a dead one never keeps the library shut. `open.json` beside it says who, and is removed
 * by a clean close. Throws `libraryLocked`, and `libraryReadOnly` where the folder cannot be written to.
 */
export function lockLibrary(files: FileSystem, folder: string, program: string, nowMs: number): LibraryLock {
  if (!canBeWritten(folder)) throw new StudioError('libraryReadOnly', `The folder ${folder} cannot be written to.`)
  const noteFile = join(folder, 'open.json')
  const lock = new Database(join(folder, 'library.lock'))
  try {
    lock.pragma('busy_timeout = 0')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error
    throw new StudioError('libraryLocked', `This library is open in another Easel: ${describe(files, noteFile)}.`)
  }
  try {
    const wasLeftOpen = files.stat(noteFile) !== undefined
    const holder: LockHolder = { pid: process.pid, host: hostname(), program, since: new Date(nowMs).toISOString() }
    writeNote(files, noteFile, holder)
    return {
      wasLeftOpen,
      release: () => {
        try {
          removeIfThere(files, noteFile)
        } finally {
          lock.close()
        }
      },
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** Not fsynced: after a power cut its absence would say "clean", so the database itself is asked as well (WAL left behind). */
function writeNote(files: FileSystem, file: string, holder: LockHolder): void {
  removeIfThere(files, file)
  const descriptor = files.open(file, 'wx')
  try {
    files.write(descriptor, Buffer.from(JSON.stringify(holder)), 0)
  } finally {
    files.close(descriptor)
  }
}

function describe(files: FileSystem, noteFile: string): string {
  try {
    const holder = JSON.parse(Buffer.from(files.readFile(noteFile)).toString('utf8')) as LockHolder
    return `${holder.program}, process ${holder.pid} on ${holder.host}, since ${holder.since}`
  } catch {
    return 'it has not said which'
  }
}
