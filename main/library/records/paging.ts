import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import type { Page } from '#app/contract/page.ts'

const defaultLimit = 100
const maxLimit = 500

/** Larger than every key. */
export const fromTheStart = Number.MAX_SAFE_INTEGER

/** Keyset of a list: what its last row was sorted by. */
export interface Position {
  /** Of a list that is read in several parts, the one the row is in. */
  readonly stage: number
  readonly key: number
  /** What a stage is sorted by before the key; 0 when it is by the key alone. */
  readonly value: number
}
const cursorSchema = z.tuple([
  z.string(),
  z.number().int().min(-1).max(fromTheStart),
  z.number().int().min(0).max(100),
  z.number(),
])

/** Opaque outside: the list it belongs to, and the position of the last row shown. */
function toCursor(list: string, { key, stage, value }: Position): string {
  return Buffer.from(JSON.stringify([list, key, stage, value])).toString('base64url')
}

/** @returns null for the start. Throws `invalidRequest` for a cursor of another list. */
export function readPosition(list: string, cursor: string | null | undefined): Position | null {
  if (cursor === null || cursor === undefined) return null
  try {
    const [name, key, stage, value] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    if (name === list) return { key, stage, value }
  } catch {
    // Said below, together with a cursor of another list.
  }
  throw new StudioError('invalidRequest', `This cursor is not one of ${list}: hand back nextCursor of the page before.`)
}

export function readLimit(limit: number | undefined): number {
  const wanted = limit ?? defaultLimit
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= maxLimit) return wanted
  throw new StudioError('invalidRequest', `limit must be a whole number from 1 to ${maxLimit}.`)
}

/** @param rows up to `limit + 1` of them: the extra one says that there is a next page. */
export function toPage<Row extends { readonly key: number }, T>(
  list: string,
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => T,
  positionOf: (row: Row) => Position = ({ key }) => ({ key, stage: 0, value: 0 }),
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? toCursor(list, positionOf(last)) : null,
  }
}
