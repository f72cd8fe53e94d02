import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { RebuildReport, SalvageReport } from '#app/domain/library-health.ts'

import { all, get, inTransaction, openWritable, run, type WritableDb } from '../database/database.ts'
import { checkIdentity, migrate } from '../database/migrate.ts'
import { copyFileDurably, makeFolderDurably, removeIfThere } from '../files/durable-write.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { ObjectStore } from '../files/object-store.ts'
import { databaseName } from '../library-folder.ts'
import { migrations } from '../migrations/migrations.ts'
import { setChangesAside } from '../organise/change-files.ts'
import { repeatChanges } from '../organise/mark-changes.ts'
import { correctRows } from './correct-rows.ts'
import { rebuildFromPictures } from './rebuild.ts'
import { salvage } from './salvage.ts'
import { findDatabaseProblems } from './verify.ts'

export interface Replacement {
  readonly rowsDropped: number
  readonly rowsCorrected: number
  readonly rebuilt: RebuildReport
  readonly salvaged: SalvageReport
  readonly pictures: number
}

/** Of a database file, in the order in which they are moved: without its first, SQLite does not look at the others. */
const endings = ['', '-wal', '-shm'] as const

/**
 * Builds a new database beside the old one: a backup (or nothing), completed by every picture file, then by what the
 * damaged copies still tell. It takes the old one's place only when its full check passes; until then nothing changes.
 * @param damagedCopies working copies, oldest state first.
 * @param isGoingBack what was said of pictures since the backup is set aside, not made again.
 */
export async function replaceDatabase(
  place: { readonly files: FileSystem; readonly folder: string; readonly objects: ObjectStore; now(): number },
  source: {
    readonly backup: string | undefined
    readonly damagedCopies: readonly string[]
    readonly setAside: string
    readonly isGoingBack: boolean
  },
): Promise<Replacement> {
  const { files, folder, objects } = place
  const workFolder = join(folder, 'repair')
  makeFolderDurably(files, folder, workFolder)
  const file = join(workFolder, databaseName)
  for (const ending of endings) removeIfThere(files, file + ending)
  if (source.backup !== undefined) copyFileDurably(files, source.backup, file)

  const db = openWritable(file)
  let report: Replacement
  try {
    checkIdentity(db, migrations)
    migrate(db, migrations)
    const rowsDropped = dropRowsWithoutFile(db, objects)
    // Of the backup's rows alone: those that come from the files next are as the files say.
    const rowsCorrected = correctRows(db, objects)
    const rebuilt = await rebuildFromPictures(db, objects, place.now())
    const parts = source.damagedCopies.map((copy) => salvage(copy, db))
    if (!source.isGoingBack) repeatChanges(files, folder, db)
    followFiles(db, objects, place.now())
    const problems = findDatabaseProblems(db)
    if (problems.length > 0)
      throw new StudioError('libraryDamaged', `The rebuilt database failed its check: ${problems[0]}`)
    const pictures = get<{ n: number }>(db, 'SELECT count(*) AS n FROM pictures WHERE deleted_at IS NULL')!.n
    report = { rowsDropped, rowsCorrected, rebuilt, salvaged: sum(parts), pictures }
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
  if (source.isGoingBack) setChangesAside(files, folder, source.setAside)
  for (const ending of endings) {
    const from = join(folder, databaseName + ending)
    if (files.stat(from) !== undefined) files.rename(from, join(source.setAside, databaseName + ending))
  }
  files.syncFolder(source.setAside)
  files.rename(file, join(folder, databaseName))
  files.syncFolder(folder)
  return report
}

function sum(parts: readonly SalvageReport[]): SalvageReport {
  const empty = { generations: 0, marks: 0, scores: 0, embeddings: 0, tags: 0, collections: 0, lostRows: 0 }
  return parts.reduce<SalvageReport>(
    (total, part) => ({
      generations: total.generations + part.generations,
      marks: Math.max(total.marks, part.marks),
      scores: total.scores + part.scores,
      embeddings: total.embeddings + part.embeddings,
      tags: Math.max(total.tags, part.tags),
      collections: Math.max(total.collections, part.collections),
      lostRows: part.lostRows,
    }),
    empty,
  )
}

/** A backup remembers pictures that were removed for good since. */
function dropRowsWithoutFile(db: WritableDb, objects: ObjectStore): number {
  const rows = all<{ key: number; object_sha256: string }>(db, 'SELECT key, object_sha256 FROM pictures')
  const gone = rows.filter((row) => !objects.has(row.object_sha256) && !objects.has(row.object_sha256, 'trash'))
  inTransaction(db, () => {
    for (const { key } of gone) {
      run(db, 'DELETE FROM picture_search WHERE rowid = CAST(? AS INTEGER)', key)
      run(db, 'DELETE FROM pictures WHERE key = ?', key)
    }
  })
  return gone.length
}

/** Where a row and the place of its file disagree about a deletion, the file is the newer witness. */
function followFiles(db: WritableDb, objects: ObjectStore, nowMs: number): void {
  const rows = all<{ key: number; object_sha256: string; deleted_at: number | null }>(
    db,
    'SELECT key, object_sha256, deleted_at FROM pictures',
  )
  inTransaction(db, () => {
    for (const { key, object_sha256: sha256, deleted_at: deletedAt } of rows) {
      const isShown = objects.has(sha256)
      if (isShown === (deletedAt === null)) continue
      run(db, 'UPDATE pictures SET deleted_at = ? WHERE key = ?', isShown ? null : nowMs, key)
    }
  })
}
