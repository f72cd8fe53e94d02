import { setImmediate } from 'node:timers/promises'

import type { PictureId } from '#app/domain/ids.ts'
import type { PictureProblem, ScrubReport, VerifyReport } from '#app/domain/library-health.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import type { ObjectStore } from '../files/object-store.ts'
import { listForCheck, problemOf } from './check-picture.ts'

const sliceSize = 64
const shownProblems = 100

/** SQLite's full check of pages, indexes, constraints and references. Empty = sound. */
export function findDatabaseProblems(db: ReadableDb): readonly string[] {
  try {
    const problems = (db.pragma(`integrity_check(${shownProblems})`) as { integrity_check: string }[])
      .map((row) => row.integrity_check)
      .filter((text) => text !== 'ok')
    const orphans = db.pragma('foreign_key_check') as { table: string; parent: string }[]
    return [
      ...problems,
      ...orphans.map((row) => `a row of ${row.table} names a row of ${row.parent} that is not there`),
    ]
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function problemsOfSlice(
  db: ReadableDb,
  objects: ObjectStore,
  rows: ReturnType<typeof listForCheck>,
): PictureProblem[] {
  return rows.flatMap((row) => {
    let problem: string | undefined
    try {
      problem = problemOf(db, objects, row)
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    }
    return problem === undefined ? [] : [{ pictureId: row.id as PictureId, problem }]
  })
}

/** Everything: the database, and every picture's file and row. Yields to other work between slices. */
export async function verify(db: ReadableDb, objects: ObjectStore): Promise<VerifyReport> {
  const start = performance.now()
  const databaseProblems = findDatabaseProblems(db)
  const pictureProblems: PictureProblem[] = []
  let pictures = 0
  for (let after = -1; ;) {
    const rows = listForCheck(db, after, sliceSize)
    const last = rows.at(-1)
    if (last === undefined) break
    pictures += rows.length
    pictureProblems.push(...problemsOfSlice(db, objects, rows))
    after = last.key
    await setImmediate()
  }
  const orphanFiles = countOrphans(db, objects)
  return { databaseProblems, pictures, pictureProblems, orphanFiles, seconds: (performance.now() - start) / 1000 }
}

function countOrphans(db: ReadableDb, objects: ObjectStore): number {
  let count = 0
  for (const place of ['objects', 'trash'] as const) {
    for (const _path of objects.misnamed(place)) count++
    for (const sha256 of objects.walk(place)) {
      if (get(db, 'SELECT 1 FROM pictures WHERE object_sha256 = ?', sha256) === undefined) count++
    }
  }
  return count
}

/** Pictures known to be damaged, from the scrubs so far. */
export function listDamaged(db: ReadableDb): readonly PictureProblem[] {
  return all<{ id: string; problem: string }>(
    db,
    'SELECT p.id, d.problem FROM damaged_pictures AS d JOIN pictures AS p ON p.key = d.picture_key ORDER BY p.key',
  ).map(({ id, problem }) => ({ pictureId: id as PictureId, problem }))
}

/**
 * Checks the next pictures after the resume point and remembers what it finds: for idle moments, a slice at a time.
 * @param pictures how many at most.
 */
export function scrub(db: WritableDb, objects: ObjectStore, pictures: number, nowMs: number): ScrubReport {
  const resume = get<{ value: string }>(db, `SELECT value FROM settings WHERE name = 'scrubAfter'`)
  const rows = listForCheck(db, Number(resume?.value ?? -1), pictures)
  const problems = problemsOfSlice(db, objects, rows)
  const problemById = new Map(problems.map(({ pictureId, problem }) => [pictureId as string, problem]))
  const isRoundFinished = rows.length < pictures
  inTransaction(db, () => {
    for (const { key, id } of rows) {
      const problem = problemById.get(id)
      if (problem === undefined) run(db, 'DELETE FROM damaged_pictures WHERE picture_key = ?', key)
      else {
        run(
          db,
          'INSERT OR REPLACE INTO damaged_pictures (picture_key, problem, found_at) VALUES (?, ?, ?)',
          key,
          problem,
          nowMs,
        )
      }
    }
    run(
      db,
      `INSERT OR REPLACE INTO settings (name, value) VALUES ('scrubAfter', ?)`,
      String(isRoundFinished ? -1 : (rows.at(-1)?.key ?? -1)),
    )
  })
  return { checked: rows.length, problems, isRoundFinished }
}
