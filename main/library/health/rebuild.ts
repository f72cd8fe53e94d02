import { setImmediate } from 'node:timers/promises'

import type { RebuildReport } from '#app/domain/library-health.ts'

import { get, inTransaction, run, type WritableDb } from '../database/database.ts'
import { sha256Of, type ObjectPlace, type ObjectStore } from '../files/object-store.ts'
import { readPngTexts } from '../png/png-chunks.ts'
import {
  metadataKeyword,
  parsePictureMetadata,
  readPictureMetadata,
  type PictureMetadata,
} from '../png/picture-metadata.ts'
import { insertPicture, keepScore } from '../records/add-candidate.ts'
import { insertGeneration, keepPack } from '../records/generations.ts'

/** Files per transaction. */
const batchSize = 256

interface FoundFile {
  readonly sha256: string
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly metadata: PictureMetadata
}

/** Undefined when the file is not whole or says nothing of Easel's. */
function readFound(objects: ObjectStore, sha256: string, place: ObjectPlace): FoundFile | undefined {
  try {
    const png = objects.read(sha256, place)
    if (png === undefined || sha256Of(png) !== sha256) return undefined
    const { width, height, texts } = readPngTexts(png)
    const text = texts.get(metadataKeyword)
    if (text === undefined) return undefined
    return { sha256, bytes: png.length, width, height, metadata: parsePictureMetadata(text) }
  } catch {
    return undefined
  }
}

/** Row of a picture that its own file describes. @returns false when the library has it. Call inside a transaction. */
export function adoptPicture(db: WritableDb, file: FoundFile, deletedMs: number | null): boolean {
  const { metadata } = file
  const isKnown =
    get(
      db,
      `SELECT 1 FROM pictures AS p JOIN generations AS g ON g.key = p.generation_key
       WHERE p.id = ? OR (g.id = ? AND p.candidate = ?)`,
      metadata.pictureId,
      metadata.generationId,
      metadata.index,
    ) !== undefined
  if (isKnown) return false
  const createdMs = Date.parse(metadata.createdAt)
  const generation = get<{ key: number }>(db, 'SELECT key FROM generations WHERE id = ?', metadata.generationId)
  const generationKey =
    generation?.key ??
    insertGeneration(db, {
      ...metadata,
      id: metadata.generationId,
      state: 'finished',
      createdMs: Date.parse(metadata.generationCreatedAt),
      finishedMs: createdMs,
      seconds: null,
    })
  const pictureKey = insertPicture(db, {
    id: metadata.pictureId,
    generationKey,
    candidate: metadata.index,
    width: file.width,
    height: file.height,
    perplexity: metadata.perplexity,
    objectSha256: file.sha256,
    bytes: file.bytes,
    createdMs,
    prompt: metadata.prompt,
    tokens: metadata.tokens,
    entropies: new Float32Array(),
    drawnOn: metadata.drawnOn,
  })
  if (metadata.clipScore !== null) keepScore(db, keepPack(db, metadata.pack), pictureKey, metadata.clipScore)
  if (deletedMs !== null) run(db, 'UPDATE pictures SET deleted_at = ? WHERE key = ?', deletedMs, pictureKey)
  return true
}

function isOfEasel(png: Uint8Array): boolean {
  try {
    return readPictureMetadata(png) !== undefined
  } catch {
    return false
  }
}

/**
 * Takes in every file that no row names: after a loss of the database, that is the whole library. Pictures that were
 * renamed within it are called by their content again first.
 */
export async function rebuildFromPictures(db: WritableDb, objects: ObjectStore, nowMs: number): Promise<RebuildReport> {
  const start = performance.now()
  const count = { files: 0, added: 0, known: 0, unreadable: 0 }
  for (const place of ['objects', 'trash'] as const) {
    // All of them before the first is renamed: a folder must not change while it is read.
    for (const path of [...objects.misnamed(place)]) objects.nameByContent(path, place, isOfEasel)
    let batch: FoundFile[] = []
    const flush = () => {
      inTransaction(db, () => {
        for (const file of batch) count[adoptPicture(db, file, place === 'trash' ? nowMs : null) ? 'added' : 'known']++
      })
      batch = []
    }
    for (const sha256 of objects.walk(place)) {
      count.files++
      if (get(db, 'SELECT 1 FROM pictures WHERE object_sha256 = ?', sha256) !== undefined) {
        count.known++
        continue
      }
      const file = readFound(objects, sha256, place)
      if (file === undefined) count.unreadable++
      else batch.push(file)
      if (batch.length < batchSize) continue
      flush()
      await setImmediate()
    }
    flush()
  }
  return { ...count, seconds: (performance.now() - start) / 1000 }
}
