import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import type { Page } from '#app/contract/studio-api.ts'

const defaultLimit = 100
const maxLimit = 500

/** Keyset of a list: the key of the last row shown. Larger than every key = from the start. */
const fromTheStart = Number.MAX_SAFE_INTEGER
const cursorSchema = z.tuple([z.string(), z.number().int().min(0).max(fromTheStart)])

/** Opaque outside: the list it belongs to and the last key shown. */
function toCursor(list: string, key: number): string {
  return Buffer.from(JSON.stringify([list, key])).toString('base64url')
}

/** @returns the key that the page must stay below. Throws `invalidRequest` for a cursor of another list. */
export function readCursor(list: string, cursor: string | null | undefined): number {
  if (cursor === null || cursor === undefined) return fromTheStart
  try {
    const [name, key] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    if (name === list) return key
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
export function toPage<Row extends { key: number }, T>(
  list: string,
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? toCursor(list, last.key) : null,
  }
}
