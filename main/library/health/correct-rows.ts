import { crc32 } from 'node:zlib'

import { checksumOf, toBlob, toFloat32 } from '../records/blobs.ts'
import { all, inTransaction, run, type WritableDb } from '../database/database.ts'
import type { ObjectStore } from '../files/object-store.ts'
import { indexPicture } from '../organise/marks.ts'
import { readPictureMetadata } from '../png/picture-metadata.ts'
import { keepScore } from '../records/add-candidate.ts'
import { keepPack, keepPrompt } from '../records/generations.ts'
import { toIndexText } from '../search/search-query.ts'
import { listForCheck, problemOf } from './check-picture.ts'

type CheckedRow = ReturnType<typeof listForCheck>[number]

/** Rows that contradict their own sound file are set to what the file says. @returns how many. */
export function correctRows(db: WritableDb, objects: ObjectStore): number {
  let corrected = 0
  for (let after = -1; ;) {
    const rows = listForCheck(db, after, 256)
    const last = rows.at(-1)
    if (last === undefined) return corrected
    after = last.key
    const wrong = rows.filter((row) => problemOf(db, objects, row)?.includes('database') === true)
    if (wrong.length > 0) inTransaction(db, () => wrong.forEach((row) => (corrected += correct(db, objects, row))))
  }
}

function correct(db: WritableDb, objects: ObjectStore, row: CheckedRow): number {
  const png = objects.read(row.object_sha256) ?? objects.read(row.object_sha256, 'trash')
  const file = png && readPictureMetadata(png)
  if (png === undefined || file === undefined) return 0
  const packKey = keepPack(db, file.pack)
  run(
    db,
    `UPDATE generations SET prompt_key = ?, pack_key = ?, seed = ?, settings = ?, image_prompt = ?, rows = ?, columns = ?
     WHERE id = ?`,
    keepPrompt(db, file.prompt),
    packKey,
    file.seed,
    JSON.stringify(file.settings),
    file.imagePrompt === null ? null : JSON.stringify(file.imagePrompt),
    file.rows,
    file.columns,
    file.generationId,
  )
  run(
    db,
    `UPDATE pictures SET id = ?, candidate = ?, perplexity = ?, created_at = ?, bytes = ?,
       generation_key = coalesce((SELECT key FROM generations WHERE id = ?), generation_key) WHERE key = ?`,
    file.pictureId,
    file.index,
    file.perplexity,
    Date.parse(file.createdAt),
    png.length,
    file.generationId,
    row.key,
  )
  // In no file, but under one checksum with the tokens that the file has.
  const areEntropiesSound = row.entropies !== null && crc32(row.entropies, crc32(toBlob(file.tokens))) === row.crc32
  const entropies = row.entropies !== null && areEntropiesSound ? toFloat32(row.entropies) : new Float32Array()
  run(
    db,
    `INSERT INTO picture_tokens (picture_key, tokens, entropies, crc32) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET tokens = excluded.tokens, entropies = excluded.entropies, crc32 = excluded.crc32`,
    row.key,
    toBlob(file.tokens),
    toBlob(entropies),
    checksumOf(file.tokens, entropies),
  )
  for (const { key, vector, crc32: sum } of all<{ key: number; vector: Uint8Array; crc32: number | null }>(
    db,
    'SELECT key, vector, crc32 FROM embeddings WHERE picture_key = ?',
    row.key,
  )) {
    // Rescoring computes it again.
    if (sum !== null && crc32(vector) !== sum) run(db, 'DELETE FROM embeddings WHERE key = ?', key)
  }
  if (file.clipScore !== null) keepScore(db, packKey, row.key, file.clipScore)
  run(
    db,
    `INSERT OR REPLACE INTO generation_search (rowid, prompt)
     SELECT CAST(key AS INTEGER), ? FROM generations WHERE id = ?`,
    toIndexText(file.prompt),
    file.generationId,
  )
  indexPicture(db, row.key)
  return 1
}
