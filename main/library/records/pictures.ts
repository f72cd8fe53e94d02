import { StudioError } from '#app/contract/errors.ts'
import type { Page, PageRequest } from '#app/contract/studio-api.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import type { PictureDetail, PictureSummary } from '#app/domain/picture.ts'

import { all, get, type ReadableDb } from '../database/database.ts'
import { toSearchQuery } from '../search/search-query.ts'
import { toFloat32, toUint16 } from './blobs.ts'
import { getGeneration, keyOfGeneration } from './generations.ts'
import { readCursor, readLimit, toPage } from './paging.ts'
import { pictureColumns, pictureJoins, toPicture, type PictureRow } from './rows.ts'

export function listPictures(db: ReadableDb, request: PageRequest): Page<PictureSummary> {
  const limit = readLimit(request.limit)
  const before = readCursor('pictures', request.cursor)
  const query = toSearchQuery(request.query ?? '')
  const rows =
    query === undefined
      ? all<PictureRow>(
          db,
          `SELECT ${pictureColumns} FROM pictures AS p ${pictureJoins} WHERE p.key < ? ORDER BY p.key DESC LIMIT ?`,
          before,
          limit + 1,
        )
      : all<PictureRow>(
          db,
          `SELECT ${pictureColumns} FROM picture_search AS f CROSS JOIN pictures AS p ON p.key = f.rowid ${pictureJoins}
           WHERE picture_search MATCH ? AND f.rowid < CAST(? AS INTEGER) ORDER BY f.rowid DESC LIMIT ?`,
          query,
          before,
          limit + 1,
        )
  return toPage('pictures', rows, limit, toPicture)
}

export function listPicturesOf(db: ReadableDb, id: GenerationId): readonly PictureSummary[] {
  return all<PictureRow>(
    db,
    `SELECT ${pictureColumns} FROM pictures AS p ${pictureJoins} WHERE p.generation_key = ?
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
}

export function getPicture(db: ReadableDb, id: PictureId): PictureDetail {
  const row = get<DetailRow>(
    db,
    `SELECT ${pictureColumns}, p.object_sha256, p.bytes, g.rows, g.columns, t.tokens, t.entropies
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
  }
}

/** sha256 of the PNG of a picture. */
export function objectOf(db: ReadableDb, id: PictureId): string {
  const row = get<{ object_sha256: string }>(db, 'SELECT object_sha256 FROM pictures WHERE id = ?', id)
  if (row === undefined) throw new StudioError('notFound', `There is no picture ${id} in the library.`)
  return row.object_sha256
}
