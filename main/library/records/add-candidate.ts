import type { CandidateFinished } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { DrawnOn } from '#app/domain/drawn-on.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import type { Origin } from '#app/domain/organising.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import { get, inTransaction, run, type WritableDb } from '../database/database.ts'
import type { ObjectStore } from '../files/object-store.ts'
import { encodePng } from '../png/encode-png.ts'
import { addPictureMetadata, type PictureMetadata } from '../png/picture-metadata.ts'
import { toIndexText } from '../search/search-query.ts'
import { checksumOf, toBlob } from './blobs.ts'
import { getGeneration, keepPack, keyOfGeneration } from './generations.ts'
import { newUuid, nextKey } from './keys.ts'
import { findPicture } from './pictures.ts'

/** A picture whose file is already durable in the object store. */
export interface PictureRecord {
  readonly id: PictureId
  readonly generationKey: number
  readonly candidate: number
  readonly width: number
  readonly height: number
  readonly perplexity: number
  readonly objectSha256: string
  readonly bytes: number
  readonly createdMs: number
  readonly prompt: string
  readonly tokens: Uint16Array
  readonly entropies: Float32Array
  readonly drawnOn?: DrawnOn | undefined
}

/** @returns key of the row. Call inside a transaction, after the file is durable. */
export function insertPicture(db: WritableDb, record: PictureRecord): number {
  const key = nextKey(db, 'pictures', record.createdMs)
  run(
    db,
    `INSERT INTO pictures (key, id, generation_key, candidate, width, height, perplexity, object_sha256, bytes,
       created_at, drawn_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    record.id,
    record.generationKey,
    record.candidate,
    record.width,
    record.height,
    record.perplexity,
    record.objectSha256,
    record.bytes,
    record.createdMs,
    record.drawnOn === undefined ? null : JSON.stringify(record.drawnOn),
  )
  run(
    db,
    'INSERT INTO picture_tokens (picture_key, tokens, entropies, crc32) VALUES (?, ?, ?, ?)',
    key,
    toBlob(record.tokens),
    toBlob(record.entropies),
    checksumOf(record.tokens, record.entropies),
  )
  run(
    db,
    'INSERT INTO picture_search (rowid, prompt, tags) VALUES (CAST(? AS INTEGER), ?, ?)',
    key,
    toIndexText(record.prompt),
    '',
  )
  return key
}

export function keepScore(db: WritableDb, clipPackKey: number, pictureKey: number, score: number): void {
  run(
    db,
    `INSERT INTO scores (clip_pack_key, picture_key, score) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET score = excluded.score`,
    clipPackKey,
    pictureKey,
    score,
  )
}

/** @param vector L2-normalised. */
export function keepEmbedding(db: WritableDb, clipPackKey: number, pictureKey: number, vector: Float32Array): void {
  run(
    db,
    `INSERT INTO embeddings (clip_pack_key, picture_key, vector, crc32) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET vector = excluded.vector, crc32 = excluded.crc32`,
    clipPackKey,
    pictureKey,
    toBlob(vector),
    checksumOf(vector),
  )
}

/**
 * Encodes, writes the file durably, then commits the row: in that order, so that a row never points at a missing file.
 * A candidate that is already there is answered as it is.
 */
export async function addCandidate(
  { db, objects, now, software }: { db: WritableDb; objects: ObjectStore; now: () => number; software: string },
  id: GenerationId,
  candidate: CandidateFinished,
): Promise<PictureSummary> {
  const key = keyOfGeneration(db, id)
  const known = findPicture(db, key, candidate.index)
  if (known !== undefined) return known
  const metadata = describe(db, id, candidate, software, now())
  const png = addPictureMetadata(await encodePng(candidate.picture), metadata)

  return inTransaction(db, () => {
    const meanwhile = findPicture(db, key, candidate.index)
    if (meanwhile !== undefined) return meanwhile
    const objectSha256 = objects.put(png)
    const pictureKey = insertPicture(db, {
      id: metadata.pictureId,
      generationKey: key,
      candidate: candidate.index,
      width: candidate.picture.width,
      height: candidate.picture.height,
      perplexity: candidate.perplexity,
      objectSha256,
      bytes: png.length,
      createdMs: Date.parse(metadata.createdAt),
      prompt: metadata.prompt,
      tokens: candidate.tokens,
      entropies: candidate.entropies,
      drawnOn: candidate.drawnOn,
    })
    const packKey = keepPack(db, metadata.pack)
    if (candidate.clipScore !== null) keepScore(db, packKey, pictureKey, candidate.clipScore)
    if (candidate.embedding !== null) keepEmbedding(db, packKey, pictureKey, candidate.embedding)
    return findPicture(db, key, candidate.index)!
  })
}

interface StoredGrid {
  readonly rows: number
  readonly columns: number
  readonly origin: Origin
  readonly originText: string | null
}

function describe(
  db: WritableDb,
  id: GenerationId,
  candidate: CandidateFinished,
  software: string,
  nowMs: number,
): PictureMetadata {
  const generation = getGeneration(db, id)
  const { rows, columns, origin, originText } = get<StoredGrid>(
    db,
    'SELECT rows, columns, origin, origin_text AS originText FROM generations WHERE id = ?',
    id,
  )!
  if (candidate.tokens.length !== rows * columns) {
    const counts = `${candidate.tokens.length} tokens, the grid has ${rows} × ${columns} cells`
    throw new StudioError('invalidRequest', `Candidate ${candidate.index} came with ${counts}.`)
  }
  return {
    schemaVersion: 1,
    software,
    origin,
    ...(originText === null ? {} : { originText }),
    pictureId: newUuid(nowMs) as PictureId,
    generationId: id,
    prompt: generation.prompt,
    seed: generation.seed,
    index: candidate.index,
    candidates: generation.candidates,
    settings: generation.settings,
    imagePrompt: generation.imagePrompt,
    pack: generation.pack,
    ...{ rows, columns },
    tokens: candidate.tokens,
    perplexity: candidate.perplexity,
    ...(candidate.drawnOn === undefined ? {} : { drawnOn: candidate.drawnOn }),
    clipScore: candidate.clipScore,
    generationCreatedAt: generation.createdAt,
    createdAt: new Date(nowMs).toISOString(),
  }
}
