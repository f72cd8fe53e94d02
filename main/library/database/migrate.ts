import { StudioError } from '#app/contract/errors.ts'

import { inTransaction, type ReadableDb, type WritableDb } from './database.ts'

/** One step of the schema. Numbered by ten; never edited once released. */
export interface Migration {
  readonly version: number
  readonly name: string
  up(db: WritableDb): void
}

/** Marks the file as Easel's, so that another program's database is never migrated. ASCII "Easl". */
export const applicationId = 0x4561736c

export function readSchemaVersion(db: ReadableDb): number {
  return db.pragma('user_version', { simple: true }) as number
}

export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0
}

/** Throws when the file belongs to another program, or when the list of migrations is out of order. */
export function checkIdentity(db: ReadableDb, migrations: readonly Migration[]): void {
  const numbers = migrations.map((migration) => migration.version)
  if (numbers.some((number, i) => number <= (numbers[i - 1] ?? 0))) {
    throw new StudioError('internal', `Migrations are out of order: ${numbers.join(', ')}.`)
  }
  const id = db.pragma('application_id', { simple: true }) as number
  const isEmpty = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
  if (id !== applicationId && !isEmpty) {
    throw new StudioError('libraryDamaged', 'easel.db is not a library of Easel: it carries another program’s mark.')
  }
}

/** Pending steps and the new `user_version` in one transaction: a crash leaves the old schema or the new one. */
export function migrate(db: WritableDb, migrations: readonly Migration[]): number {
  const from = readSchemaVersion(db)
  const pending = migrations.filter((migration) => migration.version > from)
  if (pending.length === 0) return 0
  inTransaction(db, () => {
    for (const migration of pending) migration.up(db)
    db.pragma(`application_id = ${applicationId}`)
    db.pragma(`user_version = ${latestVersion(migrations)}`)
  })
  return pending.length
}
