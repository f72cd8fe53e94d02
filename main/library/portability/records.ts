import { z } from 'zod'

import { generationStates } from '#app/domain/generation.ts'
import { packIdPattern, uuidPattern, type PackId, type PictureId } from '#app/domain/ids.ts'
import { collectionNameSchema, ratingSchema, tagSchema } from '#app/domain/organising.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import { indexPicture, tagsOf } from '../organise/marks.ts'
import { keepEmbedding, keepScore } from '../records/add-candidate.ts'
import { checksumOf, toBlob, toFloat32, toUint16 } from '../records/blobs.ts'
import { keepPack } from '../records/generations.ts'

const pack = z.object({
  id: z
    .string()
    .regex(packIdPattern)
    .transform((id) => id as PackId),
  version: z.string().min(1).max(100),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
const floats = z
  .base64()
  .max(2 ** 20)
  .transform((text) => toFloat32(Buffer.from(text, 'base64')))

/** Everything the library knows of a picture that its PNG does not say: one line of an archive's records. */
export const pictureRecordSchema = z.object({
  pictureId: z
    .string()
    .regex(uuidPattern)
    .transform((id) => id as PictureId),
  objectSha256: z.string().regex(/^[0-9a-f]{64}$/),
  rating: ratingSchema,
  tags: z.array(tagSchema).max(1000),
  collections: z.array(z.object({ id: z.string().regex(uuidPattern), name: collectionNameSchema })).max(1000),
  entropies: floats,
  scores: z.array(z.object({ pack, score: z.number() })).max(100),
  embeddings: z.array(z.object({ pack, vector: floats })).max(100),
  state: z.enum(generationStates),
  seconds: z.record(z.string(), z.number()).nullable(),
})
export type PictureRecord = Readonly<z.output<typeof pictureRecordSchema>>

const toText = (array: Float32Array) => Buffer.from(toBlob(array)).toString('base64')

/** As `pictureRecordSchema` reads it back. */
export function toRecordLine(record: PictureRecord): string {
  const embeddings = record.embeddings.map(({ vector, ...rest }) => ({ ...rest, vector: toText(vector) }))
  return JSON.stringify({ ...record, entropies: toText(record.entropies), embeddings })
}

interface PackRow {
  readonly id: string
  readonly version: string
  readonly sha256: string
}
const toPack = ({ id, version, sha256 }: PackRow) => ({ id: id as PackId, version, sha256 })

export function readRecord(db: ReadableDb, id: PictureId): PictureRecord | undefined {
  const row = get<{
    key: number
    object_sha256: string
    rating: number
    state: string
    seconds: string | null
    entropies: Uint8Array
  }>(
    db,
    `SELECT p.key, p.object_sha256, p.rating, g.state, g.seconds, t.entropies FROM pictures AS p
     JOIN generations AS g ON g.key = p.generation_key JOIN picture_tokens AS t ON t.picture_key = p.key WHERE p.id = ?`,
    id,
  )
  if (row === undefined) return undefined
  const packOf = 'JOIN packs AS k ON k.key = x.clip_pack_key WHERE x.picture_key = ? ORDER BY k.key'
  const scores = all<PackRow & { score: number }>(
    db,
    `SELECT k.id, k.version, k.sha256, x.score FROM scores AS x ${packOf}`,
    row.key,
  )
  const embeddings = all<PackRow & { vector: Uint8Array }>(
    db,
    `SELECT k.id, k.version, k.sha256, x.vector FROM embeddings AS x ${packOf}`,
    row.key,
  )
  return {
    pictureId: id,
    objectSha256: row.object_sha256,
    rating: row.rating,
    tags: [...tagsOf(db, row.key)],
    collections: all<{ id: string; name: string }>(
      db,
      `SELECT c.id, c.name FROM collection_pictures AS cp JOIN collections AS c ON c.key = cp.collection_key
       WHERE cp.picture_key = ? ORDER BY c.key`,
      row.key,
    ),
    entropies: toFloat32(row.entropies),
    scores: scores.map((one) => ({ pack: toPack(one), score: one.score })),
    embeddings: embeddings.map((one) => ({ pack: toPack(one), vector: toFloat32(one.vector) })),
    state: row.state as PictureRecord['state'],
    seconds: row.seconds === null ? null : (JSON.parse(row.seconds) as Record<string, number>),
  }
}

/** Gives a picture that has just entered the library what its record says. */
export function applyRecord(db: WritableDb, record: PictureRecord, nowMs: number): void {
  inTransaction(db, () => {
    const row = get<{ key: number; generation_key: number; tokens: Uint8Array }>(
      db,
      `SELECT p.key, p.generation_key, t.tokens FROM pictures AS p JOIN picture_tokens AS t ON t.picture_key = p.key
       WHERE p.id = ?`,
      record.pictureId,
    )
    if (row === undefined) return
    const { key } = row
    const tokens = toUint16(row.tokens)
    run(db, 'UPDATE pictures SET rating = ? WHERE key = ?', record.rating, key)
    if (record.entropies.length === tokens.length) {
      const sql = 'UPDATE picture_tokens SET entropies = ?, crc32 = ? WHERE picture_key = ?'
      run(db, sql, toBlob(record.entropies), checksumOf(tokens, record.entropies), key)
    }
    const seconds = record.seconds === null ? null : JSON.stringify(record.seconds)
    run(db, 'UPDATE generations SET seconds = coalesce(seconds, ?) WHERE key = ?', seconds, row.generation_key)
    for (const { pack: clip, score } of record.scores) keepScore(db, keepPack(db, clip), key, score)
    for (const { pack: clip, vector } of record.embeddings) keepEmbedding(db, keepPack(db, clip), key, vector)
    for (const tag of record.tags) {
      run(db, 'INSERT OR IGNORE INTO tags (name) VALUES (?)', tag)
      const link = 'INSERT OR IGNORE INTO picture_tags (tag_key, picture_key) SELECT key, ? FROM tags WHERE name = ?'
      run(db, link, key, tag)
    }
    for (const { id, name } of record.collections) {
      run(db, 'INSERT OR IGNORE INTO collections (id, name, created_at) VALUES (?, ?, ?)', id, name, nowMs)
      const link = `INSERT OR IGNORE INTO collection_pictures (collection_key, picture_key)
        SELECT key, ? FROM collections WHERE id = ?`
      run(db, link, key, id)
    }
    indexPicture(db, key)
  })
}
