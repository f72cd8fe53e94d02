import { randomBytes } from 'node:crypto'

import { get, type ReadableDb } from '../database/database.ts'

/** Rows that can share a millisecond before the next one borrows from the following. 2^11 keeps keys below 2^53 until 2109. */
export const perMillisecond = 2048

/** Keys past it would be no exact numbers: what a wrong clock or a stranger's file dates later stands there, an hour before the end. */
const lastMs = Math.floor(Number.MAX_SAFE_INTEGER / perMillisecond) - 3_600_000

/** The smallest key of a moment; of moments before 1970 and after 2109 that of the nearest one between. */
export function keyAt(createdMs: number): number {
  return Math.min(lastMs, Math.max(0, Math.floor(createdMs))) * perMillisecond
}

/**
 * The smallest free key at or after a time: keys order rows by when they were made, whenever they enter the library.
 * @param createdMs Unix time in milliseconds.
 */
export function nextKey(db: ReadableDb, table: 'generations' | 'pictures', createdMs: number): number {
  const first = keyAt(createdMs)
  const newest = get<{ key: number | null }>(db, `SELECT max(key) AS key FROM ${table}`)?.key ?? -1
  if (newest < first) return first
  // The end of the run of taken keys that begins at `first`.
  const taken = get<{ key: number }>(
    db,
    `SELECT key FROM ${table} AS a WHERE key >= ?
       AND NOT EXISTS (SELECT 1 FROM ${table} AS b WHERE b.key = a.key + 1) ORDER BY key LIMIT 1`,
    first,
  )
  const isFirstTaken = get(db, `SELECT 1 FROM ${table} WHERE key = ?`, first) !== undefined
  return isFirstTaken && taken !== undefined ? taken.key + 1 : first
}

/** UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then randomness, so that ids sort by time as text. */
export function newUuid(nowMs: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
