import type { RowFinished } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { GenerationId } from '#app/domain/ids.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import type { JournalState } from '../library.ts'
import { toBlob, toUint16 } from './blobs.ts'
import { keyOfGeneration } from './generations.ts'

/** One transaction for the row of all candidates: after it, a crash costs at most the next row. */
export function appendRow(db: WritableDb, id: GenerationId, row: RowFinished): void {
  inTransaction(db, () => {
    const key = keyOfGeneration(db, id)
    const grid = get<{ rows: number; columns: number }>(db, 'SELECT rows, columns FROM generations WHERE key = ?', key)
    const columns = grid?.columns ?? 0
    if (row.tokens.length !== row.candidates.length * columns || row.row < 0 || row.row >= (grid?.rows ?? 0)) {
      const what = `row ${row.row} with ${row.tokens.length} tokens of ${row.candidates.length} candidates`
      throw new StudioError('invalidRequest', `The journal got ${what}; the grid is ${grid?.rows} × ${columns}.`)
    }
    row.candidates.forEach((candidate, i) => {
      run(
        db,
        `INSERT INTO journal (generation_key, candidate, grid_row, tokens) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET tokens = excluded.tokens`,
        key,
        candidate,
        row.row,
        toBlob(row.tokens.subarray(i * columns, (i + 1) * columns)),
      )
    })
  })
}

/** Rows of a candidate count from the top without a gap; what comes after a gap would not be a prefix to go on from. */
export function readJournal(db: ReadableDb, id: GenerationId): JournalState {
  const key = keyOfGeneration(db, id)
  const finished = all<{ candidate: number }>(db, 'SELECT candidate FROM pictures WHERE generation_key = ?', key)
  const entries = all<{ candidate: number; grid_row: number; tokens: Uint8Array }>(
    db,
    `SELECT candidate, grid_row, tokens FROM journal WHERE generation_key = ? ORDER BY candidate, grid_row`,
    key,
  )
  const parts = new Map<number, Uint16Array[]>()
  for (const entry of entries) {
    const sofar = parts.get(entry.candidate) ?? []
    if (entry.grid_row === sofar.length) parts.set(entry.candidate, [...sofar, toUint16(entry.tokens)])
  }
  const done = new Set(finished.map((picture) => picture.candidate))
  const rows = [...parts]
    .filter(([candidate]) => !done.has(candidate))
    .map(([candidate, list]) => [candidate, join(list)] as const)
  return { finished: done, rows: new Map(rows) }
}

function join(parts: readonly Uint16Array[]): Uint16Array {
  const joined = new Uint16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}
