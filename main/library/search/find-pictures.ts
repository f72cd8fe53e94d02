import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import type { Page } from '#app/contract/studio-api.ts'
import { pictureFilterSchema, type FoundPicture, type PictureFilter } from '#app/domain/organising.ts'

import { all, type ReadableDb } from '../database/database.ts'
import { keyAt } from '../records/keys.ts'
import { readCursor, readLimit, toPage } from '../records/paging.ts'
import { pictureColumns, pictureJoins, toPicture, type PictureRow } from '../records/rows.ts'
import { toSearchQuery } from './search-query.ts'

export interface FoundRow extends PictureRow {
  readonly rating: number
  readonly tags: string | null
}

/** Columns of a found picture; tags are read per shown row, separated by a character no tag holds. */
export const foundColumns = `${pictureColumns}, p.rating, (SELECT group_concat(name, char(31)) FROM (SELECT t.name
  FROM picture_tags AS pt JOIN tags AS t ON t.key = pt.tag_key WHERE pt.picture_key = p.key ORDER BY t.name)) AS tags`

export function toFoundPicture(row: FoundRow): FoundPicture {
  return { ...toPicture(row), rating: row.rating, tags: row.tags === null ? [] : row.tags.split('\x1f') }
}

interface Query {
  readonly sql: string
  readonly values: readonly unknown[]
}

/**
 * The narrowest list drives, already in the order of the page: full text, then collection, then tag, then the library
 * itself. Everything else is a condition on it.
 */
export function buildPictureQuery(filter: PictureFilter, before: number, limit: number): Query {
  const conditions: string[] = [`p.deleted_at IS ${filter.isDeleted === true ? 'NOT NULL' : 'NULL'}`]
  const values: unknown[] = []
  const where = (condition: string, ...added: unknown[]) => {
    conditions.push(condition)
    values.push(...added)
  }
  const query = toSearchQuery(filter.query ?? '')
  const tags = [...(filter.tags ?? [])]
  const tagKey = '(SELECT key FROM tags WHERE name = ?)'
  const collectionKey = '(SELECT key FROM collections WHERE id = ?)'
  let from = 'pictures AS p'
  let order = 'p.key'
  if (query !== undefined) {
    from = 'picture_search AS f CROSS JOIN pictures AS p ON p.key = f.rowid'
    order = 'f.rowid'
    where('picture_search MATCH ?', query)
  } else if (filter.collectionId !== undefined) {
    from = 'collection_pictures AS cp CROSS JOIN pictures AS p ON p.key = cp.picture_key'
    order = 'cp.picture_key'
    where(`cp.collection_key = ${collectionKey}`, filter.collectionId)
  } else if (tags.length > 0) {
    from = 'picture_tags AS pt CROSS JOIN pictures AS p ON p.key = pt.picture_key'
    order = 'pt.picture_key'
    where(`pt.tag_key = ${tagKey}`, tags.shift())
  }
  // FTS5 takes a bound for its rowid only as an integer, and numbers are bound as floating point.
  where(`${order} < CAST(? AS INTEGER)`, Math.min(before, boundOf(filter.createdBefore) ?? before))
  if (filter.createdFrom !== undefined) where(`${order} >= CAST(? AS INTEGER)`, boundOf(filter.createdFrom))
  if (filter.collectionId !== undefined && query !== undefined) {
    where(
      `EXISTS (SELECT 1 FROM collection_pictures WHERE collection_key = ${collectionKey} AND picture_key = p.key)`,
      filter.collectionId,
    )
  }
  for (const tag of tags) {
    where(`EXISTS (SELECT 1 FROM picture_tags WHERE tag_key = ${tagKey} AND picture_key = p.key)`, tag)
  }
  // A literal, so that the partial index of that many stars is used.
  if (filter.minRating !== undefined && filter.minRating > 0) where(`p.rating >= ${Math.trunc(filter.minRating)}`)
  if (filter.packId !== undefined) where('g.pack_key IN (SELECT key FROM packs WHERE id = ?)', filter.packId)
  if (filter.seed !== undefined) where('g.seed = ?', filter.seed)
  if (filter.origin !== undefined) where('g.origin = ?', filter.origin)
  if (filter.minClipScore !== undefined) where('s.score >= ?', filter.minClipScore)
  if (filter.label !== undefined) {
    where(
      `EXISTS (SELECT 1 FROM labels AS l JOIN label_scores AS ls ON ls.label_key = l.key AND ls.picture_key = p.key
         WHERE l.name = ? AND ls.score >= ?)`,
      filter.label.name,
      filter.label.minScore,
    )
  }
  if (filter.hasImagePrompt !== undefined) where(`g.image_prompt IS ${filter.hasImagePrompt ? 'NOT NULL' : 'NULL'}`)
  const sql = `SELECT ${foundColumns} FROM ${from} ${pictureJoins} WHERE ${conditions.join(' AND ')}
    ORDER BY ${order} DESC LIMIT ?`
  return { sql, values: [...values, limit] }
}

function boundOf(date: string | undefined): number | undefined {
  return date === undefined ? undefined : keyAt(Date.parse(date))
}

/** Newest first. Throws `invalidRequest` naming the field and what it allows. */
export function findPictures(
  db: ReadableDb,
  request: { readonly filter?: PictureFilter; readonly cursor?: string | null; readonly limit?: number },
): Page<FoundPicture> {
  const filter = pictureFilterSchema.safeParse(request.filter ?? {})
  if (!filter.success) throw new StudioError('invalidRequest', z.prettifyError(filter.error))
  const limit = readLimit(request.limit)
  const { sql, values } = buildPictureQuery(filter.data, readCursor('pictures', request.cursor), limit + 1)
  return toPage('pictures', all<FoundRow>(db, sql, ...values), limit, toFoundPicture)
}
