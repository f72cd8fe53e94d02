import { createHash } from 'node:crypto'
import { basename } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import { maxPromptLength, maxSeed } from '#app/domain/generation.ts'
import type { GenerationId, PackId, PictureId } from '#app/domain/ids.ts'
import type { ImportReport } from '#app/domain/library-portability.ts'

import { get, inTransaction, type ReadableDb, type WritableDb } from '../database/database.ts'
import type { FileSystem } from '../files/file-system.ts'
import { findPngs } from '../files/find-pngs.ts'
import { sha256Of } from '../files/object-store.ts'
import { adoptPicture } from '../health/rebuild.ts'
import type { LibraryContext } from '../library-folder.ts'
import { pngLimits, readPngTexts } from '../png/png-chunks.ts'
import {
  addPictureMetadata,
  maxOriginText,
  metadataKeyword,
  parsePictureMetadata,
  type PictureMetadata,
} from '../png/picture-metadata.ts'
import { readForeignMetadata } from './foreign-metadata.ts'

/** Files of a folder that someone named. Throws `notFound` when there is no such folder: none found would say otherwise. */
export function findImports(files: FileSystem, folder: string): Generator<string> {
  if (files.stat(folder)?.isFolder === true) return findPngs(files, folder)
  throw new StudioError('notFound', `There is no folder ${folder}; PNG files are named one by one.`)
}

/** Each file on its own: one that cannot be read costs itself. A picture that is there already is not added again. */
export function importPictures(context: LibraryContext, db: WritableDb, paths: Iterable<string>): ImportReport {
  const report = { added: 0, known: 0, refused: [] as { file: string; reason: string }[] }
  for (const path of paths) {
    try {
      report[importPicture(context, db, path) ? 'added' : 'known']++
    } catch (error) {
      if (!(error instanceof StudioError)) throw error
      report.refused.push({ file: basename(path), reason: error.message })
    }
  }
  return report
}

function importPicture(context: LibraryContext, db: WritableDb, path: string): boolean {
  const { files } = context
  const found = files.stat(path)
  if (found === undefined) throw new StudioError('notFound', 'There is no such file.')
  if (found.bytes > pngLimits.fileBytes) throw new StudioError('invalidRequest', 'The file is too large for a picture.')
  const png = files.readFile(path)
  const { width, height, texts } = readPngTexts(png)
  const own = texts.get(metadataKeyword)
  const metadata =
    own === undefined ? describeForeign(context, path, png, texts, found.modifiedMs) : parsePictureMetadata(own)
  return takeIn(context, db, own === undefined ? addPictureMetadata(png, metadata) : png, metadata, width, height)
}

/**
 * Write protocol for a PNG that carries its metadata. A picture that the library has gets its file again, were that lost
 * or damaged. @returns false when the picture is in the library already.
 */
export function takeIn(
  { objects }: LibraryContext,
  db: WritableDb,
  png: Uint8Array,
  metadata: PictureMetadata,
  width: number,
  height: number,
): boolean {
  const known = findKnown(db, metadata)
  if (known !== undefined) {
    if (known.isDeleted === 0 && known.sha256 === sha256Of(png)) objects.put(png)
    return false
  }
  const sha256 = objects.put(png)
  return inTransaction(db, () => adoptPicture(db, { sha256, bytes: png.length, width, height, metadata }, null))
}

function findKnown(db: ReadableDb, { pictureId }: PictureMetadata) {
  return get<{ sha256: string; isDeleted: number }>(
    db,
    'SELECT object_sha256 AS sha256, deleted_at IS NOT NULL AS isDeleted FROM pictures WHERE id = ?',
    pictureId,
  )
}

/** A UUID (version 8) of content: importing the same file again names the same picture. */
function uuidOf(kind: string, sha256: string): string {
  const hash = createHash('sha256').update(`${kind}:${sha256}`).digest()
  hash[6] = 0x80 | ((hash[6] ?? 0) & 0x0f)
  hash[8] = 0x80 | ((hash[8] ?? 0) & 0x3f)
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

/** The last moment that ISO 8601 writes with four digits. */
const lastMs = Date.UTC(10_000, 0) - 1

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))

function describeForeign(
  { software }: LibraryContext,
  path: string,
  png: Uint8Array,
  texts: ReadonlyMap<string, string>,
  modifiedMs: number,
): PictureMetadata {
  const foreign = readForeignMetadata(texts)
  const sha256 = sha256Of(png)
  const origin = foreign?.origin ?? 'file'
  const model = foreign?.model ?? 'unknown'
  const createdAt = new Date(clamp(Math.floor(modifiedMs), 0, lastMs)).toISOString()
  const seed = foreign?.seed
  return {
    schemaVersion: 1,
    software,
    origin,
    originText: foreign === undefined || foreign.text.length > maxOriginText ? undefined : foreign.text,
    pictureId: uuidOf('picture', sha256) as PictureId,
    generationId: uuidOf('generation', sha256) as GenerationId,
    prompt:
      (foreign?.prompt ?? basename(path).replace(/\.png$/i, '')).slice(0, maxPromptLength).toWellFormed().trim() ||
      'untitled',
    seed: seed !== undefined && Number.isSafeInteger(seed) && seed >= 0 && seed <= maxSeed ? seed : 0,
    index: 0,
    candidates: 1,
    settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: clamp(foreign?.guidanceScale ?? 1, 0, 50) },
    imagePrompt: null,
    // Not a pack of Easel's: the model by name, and a hash of that name, so that pictures of one model stay together.
    pack: { id: origin as string as PackId, version: model.slice(0, 100), sha256: sha256Of(Buffer.from(model)) },
    rows: 0,
    columns: 0,
    tokens: new Uint16Array(),
    perplexity: 0,
    clipScore: null,
    generationCreatedAt: createdAt,
    createdAt,
  }
}
