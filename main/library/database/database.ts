import Database from 'better-sqlite3'

import { StudioError } from '#app/contract/errors.ts'

/** A connection that only reads. Branded: a function that takes a `WritableDb` cannot be handed a reader's connection. */
export type ReadableDb = Database.Database & { readonly __access: 'read' | 'write' }
export type WritableDb = Database.Database & { readonly __access: 'write' }

/** First release without the WAL-reset bug (3.7.0–3.51.2 could lose committed pages). */
export const oldestSqlite = '3.51.3'

export function isAtLeast(version: string, oldest: string): boolean {
  const [have, want] = [version, oldest].map((text) => text.split('.').map(Number)) as [number[], number[]]
  for (let i = 0; i < 3; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

/** What every connection must answer; asserted, because a pragma that is refused says nothing. */
const pragmas = {
  synchronous: ['FULL', 2],
  foreign_keys: ['ON', 1],
  trusted_schema: ['OFF', 0],
  cell_size_check: ['ON', 1],
  mmap_size: ['0', 0],
} as const

function configure(db: Database.Database): void {
  const version = db.prepare('SELECT sqlite_version()').pluck().get() as string
  if (!isAtLeast(version, oldestSqlite)) {
    throw new StudioError('internal', `SQLite ${version} is too old: the library needs ${oldestSqlite} or newer.`)
  }
  db.pragma('busy_timeout = 5000')
  for (const [name, [value, answer]] of Object.entries(pragmas)) {
    db.pragma(`${name} = ${value}`)
    const got = db.pragma(name, { simple: true }) ?? 0
    if (got !== answer) throw new StudioError('internal', `SQLite refused ${name} = ${value}: it says ${String(got)}.`)
  }
}

/** The one writer. WAL with `synchronous=FULL`: a commit is on disk when it returns. */
export function openWritable(file: string): WritableDb {
  const db = new Database(file)
  try {
    const mode = db.pragma('journal_mode = WAL', { simple: true })
    if (mode !== 'wal') throw new StudioError('internal', `SQLite refused journal_mode = WAL: it says ${String(mode)}.`)
    configure(db)
    // A Mac's fsync leaves bytes in the drive's cache; no effect elsewhere.
    db.pragma('checkpoint_fullfsync = ON')
    return db as WritableDb
  } catch (error) {
    db.close()
    throw error
  }
}

export function openReadable(file: string): ReadableDb {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    configure(db)
    return db as ReadableDb
  } catch (error) {
    db.close()
    throw error
  }
}

const statements = new WeakMap<Database.Database, Map<string, Database.Statement<unknown[], unknown>>>()

/** Prepares each text once per connection. */
function prepare(db: ReadableDb, sql: string): Database.Statement<unknown[], unknown> {
  let known = statements.get(db)
  if (known === undefined) statements.set(db, (known = new Map<string, Database.Statement<unknown[], unknown>>()))
  let statement = known.get(sql)
  if (statement === undefined) known.set(sql, (statement = db.prepare(sql)))
  return statement
}

export function all<Row>(db: ReadableDb, sql: string, ...values: unknown[]): Row[] {
  return prepare(db, sql).all(...values) as Row[]
}

export function get<Row>(db: ReadableDb, sql: string, ...values: unknown[]): Row | undefined {
  return prepare(db, sql).get(...values) as Row | undefined
}

/** Rows one at a time; the connection cannot write until the loop ends. */
export function iterate<Row>(db: ReadableDb, sql: string, ...values: unknown[]): IterableIterator<Row> {
  return db.prepare(sql).iterate(...values) as IterableIterator<Row>
}

/** @returns number of rows changed. */
export function run(db: WritableDb, sql: string, ...values: unknown[]): number {
  return prepare(db, sql).run(...values).changes
}

/** One `BEGIN IMMEDIATE` … `COMMIT`; rolled back when `work` throws. Nested calls join the outer one. */
export function inTransaction<T>(db: WritableDb, work: () => T): T {
  if (db.inTransaction) return work()
  return db.transaction(work).immediate()
}
