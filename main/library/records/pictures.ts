import { StudioError } from '#app/contract/errors.ts'
import type { Page, PageRequest } from '#app/contract/studio-api.ts'
import type { DrawnOn } from '#app/domain/drawn-on.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import type { PictureDetail, PictureSummary } from '#app/domain/picture.ts'

import { all, get, type ReadableDb } from '../database/database.ts'
import type { ObjectStore } from '../files/object-store.ts'
import { findPictures } from '../search/find-pictures.ts'
import { scannedLength } from '../search/search-query.ts'
import { toFloat32, toUint16 } from './blobs.ts'
import { getGeneration, keyOfGeneration } from './generations.ts'
import { pictureColumns, pictureJoins, toPicture, type PictureRow } from './rows.ts'

export function listPictures(db: ReadableDb, request: PageRequest): Page<PictureSummary> {
  const { cursor, limit } = request
  // A pasted page is looked at as far as a search looks at it.
  const query = request.query?.slice(0, scannedLength)
  const { items, nextCursor } = findPictures(db, { filter: { query }, cursor, limit })
  return { items: items.map(({ rating: _rating, tags: _tags, ...picture }) => picture), nextCursor }
}

export function listPicturesOf(db: ReadableDb, id: GenerationId): readonly PictureSummary[] {
  return all<PictureRow>(
    db,
    `SELECT ${pictureColumns} FROM pictures AS p ${pictureJoins} WHERE p.generation_key = ? AND p.deleted_at IS NULL
     ORDER BY s.score DESC NULLS LAST, p.candidate`,
    keyOfGeneration(db, id),
  ).map(toPicture)
}

export function findPicture(db: ReadableDb, generationKey: number, candidate: number): PictureSummary | undefined {
  const sql = `SELECT ${pictureColumns} FROM pictures AS p ${pictureJoins} WHERE p.generation_key = ? AND p.candidate = ?`
  const row = get<PictureRow>(db, sql, generationKey, candidate)
  return row && toPicture(row)
}

interface DetailRow extends PictureRow {
  readonly object_sha256: string
  readonly bytes: number
  readonly rows: number
  readonly columns: number
  readonly tokens: Uint8Array
  readonly entropies: Uint8Array
  readonly drawn_on: string | null
}

export function getPicture(db: ReadableDb, id: PictureId): PictureDetail {
  const row = get<DetailRow>(
    db,
    `SELECT ${pictureColumns}, p.object_sha256, p.bytes, g.rows, g.columns, t.tokens, t.entropies, p.drawn_on
     FROM pictures AS p ${pictureJoins} JOIN picture_tokens AS t ON t.picture_key = p.key WHERE p.id = ?`,
    id,
  )
  if (row === undefined) throw new StudioError('notFound', `There is no picture ${id} in the library.`)
  const generation = getGeneration(db, row.generation_id as GenerationId)
  const siblings = listPicturesOf(db, generation.id)
  return {
    ...toPicture(row),
    rank: siblings.findIndex((picture) => picture.id === id) + 1,
    rows: row.rows,
    columns: row.columns,
    tokens: Array.from(toUint16(row.tokens)),
    entropies: Array.from(toFloat32(row.entropies)),
    objectSha256: row.object_sha256,
    bytes: row.bytes,
    generation,
    pack: generation.pack,
    drawnOn: row.drawn_on === null ? null : (JSON.parse(row.drawn_on) as DrawnOn),
  }
}

/** Path of the PNG, in the trash when it was deleted. */
export function pictureFile(db: ReadableDb, objects: ObjectStore, id: PictureId): string {
  const sql = 'SELECT object_sha256, deleted_at FROM pictures WHERE id = ?'
  const row = get<{ object_sha256: string; deleted_at: number | null }>(db, sql, id)
  if (row === undefined) throw new StudioError('notFound', `There is no picture ${id} in the library.`)
  const isInTrash = row.deleted_at !== null && objects.has(row.object_sha256, 'trash')
  return objects.path(row.object_sha256, isInTrash ? 'trash' : 'objects')
}

/** Of the whole library without its trash, oldest first. */
export function listShownIds(db: ReadableDb): readonly PictureId[] {
  return all<{ id: string }>(db, 'SELECT id FROM pictures WHERE deleted_at IS NULL ORDER BY key').map(
    (row) => row.id as PictureId,
  )
}
