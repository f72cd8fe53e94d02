import { crc32 } from 'node:zlib'

import { get, all, type ReadableDb } from '../database/database.ts'
import { sha256Of, type ObjectStore } from '../files/object-store.ts'
import { readPictureMetadata, type PictureMetadata } from '../png/picture-metadata.ts'

/** The same pack on another machine scores the same picture within this. */
const scoreTolerance = 0.01

interface CheckedRow {
  readonly key: number
  readonly id: string
  readonly generation_id: string
  readonly candidate: number
  readonly prompt: string
  readonly seed: number
  readonly settings: string
  readonly image_prompt: string | null
  readonly pack_id: string
  readonly pack_version: string
  readonly pack_sha256: string
  readonly rows: number
  readonly columns: number
  readonly width: number
  readonly height: number
  readonly perplexity: number
  readonly created_at: number
  readonly object_sha256: string
  readonly bytes: number
  readonly deleted_at: number | null
  readonly tokens: Uint8Array | null
  readonly entropies: Uint8Array | null
  readonly crc32: number | null
}

/** Pictures after a key, in key order, as `problemOf` wants them. */
export function listForCheck(db: ReadableDb, afterKey: number, limit: number): readonly CheckedRow[] {
  return all<CheckedRow>(
    db,
    `SELECT p.key, p.id, g.id AS generation_id, p.candidate, pr.text AS prompt, g.seed, g.settings, g.image_prompt,
       k.id AS pack_id, k.version AS pack_version, k.sha256 AS pack_sha256, g.rows, g.columns, p.width, p.height,
       p.perplexity, p.created_at, p.object_sha256, p.bytes, p.deleted_at, t.tokens, t.entropies, t.crc32
     FROM pictures AS p LEFT JOIN generations AS g ON g.key = p.generation_key
     LEFT JOIN prompts AS pr ON pr.key = g.prompt_key LEFT JOIN packs AS k ON k.key = g.pack_key
     LEFT JOIN picture_tokens AS t ON t.picture_key = p.key
     WHERE p.key > ? ORDER BY p.key LIMIT ?`,
    afterKey,
    limit,
  )
}

/**
 * What is wrong with a picture, as a sentence; undefined = nothing. The file is compared with its name, the row with
 * what the file says, and what only the database knows with its checksum: so a flipped bit anywhere is found.
 */
export function problemOf(db: ReadableDb, objects: ObjectStore, row: CheckedRow): string | undefined {
  const file =
    objects.read(row.object_sha256, 'objects') ??
    (row.deleted_at === null ? undefined : objects.read(row.object_sha256, 'trash'))
  if (file === undefined) return 'its file is missing'
  if (sha256Of(file) !== row.object_sha256) return 'its file is damaged'
  if (file.length !== row.bytes) return 'its size in the database is wrong'
  if (row.tokens === null || row.entropies === null) return 'its tokens are missing in the database'
  const metadata = readPictureMetadata(file)
  const wrong = metadata === undefined ? undefined : firstDifference(row, metadata)
  if (wrong !== undefined) return `its ${wrong} in the database is not what its file says`
  if (row.crc32 !== null && crc32(row.entropies, crc32(row.tokens)) !== row.crc32)
    return 'its entropies in the database are damaged'
  const embeddings = all<{ vector: Uint8Array; crc32: number | null }>(
    db,
    'SELECT vector, crc32 FROM embeddings WHERE picture_key = ?',
    row.key,
  )
  if (embeddings.some((one) => one.crc32 !== null && crc32(one.vector) !== one.crc32))
    return 'an embedding in the database is damaged'
  const score = get<{ score: number }>(
    db,
    `SELECT s.score FROM scores AS s JOIN packs AS k ON k.key = s.clip_pack_key WHERE s.picture_key = ? AND k.sha256 = ?`,
    row.key,
    row.pack_sha256,
  )
  const scoreInFile = metadata?.clipScore ?? null
  if (scoreInFile !== null && !(Math.abs((score?.score ?? NaN) - scoreInFile) < scoreTolerance))
    return 'its score in the database is not what its file says'
  return undefined
}

function firstDifference(row: CheckedRow, file: PictureMetadata): string | undefined {
  const tokens = row.tokens ?? new Uint8Array()
  const same: readonly (readonly [name: string, isSame: boolean])[] = [
    ['id', row.id === file.pictureId],
    ['generation', row.generation_id === file.generationId],
    ['number', row.candidate === file.index],
    ['prompt', row.prompt === file.prompt],
    ['seed', row.seed === file.seed],
    ['settings', row.settings === JSON.stringify(file.settings)],
    ['image prompt', row.image_prompt === (file.imagePrompt === null ? null : JSON.stringify(file.imagePrompt))],
    ['pack', row.pack_id === file.pack.id && row.pack_version === file.pack.version],
    ['pack hash', row.pack_sha256 === file.pack.sha256],
    ['grid', row.rows === file.rows && row.columns === file.columns],
    ['perplexity', row.perplexity === file.perplexity],
    ['date', row.created_at === Date.parse(file.createdAt)],
    ['tokens', Buffer.from(file.tokens.buffer, file.tokens.byteOffset, file.tokens.byteLength).equals(tokens)],
  ]
  return same.find(([, isSame]) => !isSame)?.[0]
}
