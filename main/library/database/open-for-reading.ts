import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

import { openReadable, openWritable, type ReadableDb } from './database.ts'
import { checkIdentity, latestVersion, migrate, readSchemaVersion, type Migration } from './migrate.ts'

export interface ReadingConnection {
  readonly db: ReadableDb
  close(): void
}

/**
 * A connection that changes nothing of the library. SQLite needs to write beside a database in WAL mode even to read it;
 * where it cannot (a read-only mount, a folder of somebody else), a copy in the temporary folder is read, and removed at the end.
 */
export function openForReading(file: string, migrations: readonly Migration[]): ReadingConnection {
  if (canBeWritten(dirname(file))) return connectionTo(file)
  try {
    return connectionTo(file)
  } catch {
    return openCopy(file, migrations)
  }
}

export function canBeWritten(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function connectionTo(file: string): ReadingConnection {
  const db = openReadable(file)
  try {
    // Opening alone reads nothing yet.
    readSchemaVersion(db)
    return { db, close: () => db.close() }
  } catch (error) {
    db.close()
    throw error
  }
}

/** Being a copy, it takes in the WAL and an older schema is brought up to date. */
export function openCopy(file: string, migrations: readonly Migration[]): ReadingConnection {
  const folder = mkdtempSync(join(tmpdir(), 'easel-reading-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    const copy = join(folder, basename(file))
    for (const ending of ['', '-wal']) if (existsSync(file + ending)) copyFileSync(file + ending, copy + ending)
    bringUpToDate(copy, migrations)
    const db = openReadable(copy)
    return {
      db,
      close: () => {
        db.close()
        process.removeListener('exit', remove)
        remove()
      },
    }
  } catch (error) {
    process.removeListener('exit', remove)
    remove()
    throw error
  }
}

function bringUpToDate(copy: string, migrations: readonly Migration[]): void {
  const db = openWritable(copy)
  try {
    checkIdentity(db, migrations)
    if (readSchemaVersion(db) < latestVersion(migrations)) migrate(db, migrations)
  } finally {
    db.close()
  }
}
