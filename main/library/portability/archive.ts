import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'

import { extract, pack, type Pack } from 'tar-stream'
import { z } from 'zod'

import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import { uuidPattern, type PictureId } from '#app/domain/ids.ts'
import type { ExportReport, ImportReport } from '#app/domain/library-portability.ts'

import { get, type ReadableDb, type WritableDb } from '../database/database.ts'
import { removeIfThere, writeFully } from '../files/durable-write.ts'
import type { FileSystem } from '../files/file-system.ts'
import { sha256Of } from '../files/object-store.ts'
import { partNameOf, removeLeftParts } from '../files/part-files.ts'
import type { LibraryContext } from '../library-folder.ts'
import { encodePng } from '../png/encode-png.ts'
import { pngLimits, readPngTexts } from '../png/png-chunks.ts'
import {
  addPictureMetadata,
  metadataKeyword,
  parsePictureMetadata,
  type PictureMetadata,
} from '../png/picture-metadata.ts'
import { parseJson } from '../png/safe-json.ts'
import { takeIn } from './import-pictures.ts'
import { applyRecord, pictureRecordSchema, readRecord, toRecordLine, type PictureRecord } from './records.ts'

/**
 * An archive is a tar file that any tool opens: `manifest.json` (what is inside, with hashes), `records.ndjson` (a line
 * of `pictureRecordSchema` for each picture), then for each picture `objects/<sha256>.png`, or, when pixels are left
 * out, `tokens/<picture id>.json` with the metadata that its PNG holds.
 */
const manifestSchema = z.object({
  format: z.literal('easel-archive'),
  version: z.literal(1),
  software: z.string().max(200),
  createdAt: z.iso.datetime(),
  hasPixels: z.boolean(),
  records: z.object({ bytes: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  pictures: z
    .array(z.object({ id: z.string().regex(uuidPattern), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .max(2_000_000),
})
type Manifest = z.infer<typeof manifestSchema>

const largestManifest = 512 * 2 ** 20
const largestRecords = 2 ** 30
const largestTokens = 2 ** 20
const pieceBytes = 2 ** 20

async function addEntry(archive: Pack, name: string, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    archive.entry({ name, size: bytes.length, mtime: new Date(0) }, Buffer.from(bytes), (error) =>
      error ? reject(error) : resolve(),
    )
  })
}

/**
 * Writes an archive of the given pictures. The file appears under its name only when it is whole and fsynced; what
 * an export that was killed has left beside it is removed.
 * @param options.hasPixels false leaves the PNGs out: about 3 KB a picture; opening it draws them again from their tokens.
 */
export async function exportArchive(
  context: LibraryContext,
  db: ReadableDb,
  options: { readonly file: string; readonly ids: readonly PictureId[]; readonly hasPixels?: boolean },
): Promise<ExportReport> {
  const { files, objects, software } = context
  const { file, ids, hasPixels = true } = options
  const records = ids.map((id) => readRecord(db, id)).filter((record) => record !== undefined)
  const lines = Buffer.from(records.map((record) => `${toRecordLine(record)}\n`).join(''))
  const manifest: Manifest = {
    format: 'easel-archive',
    version: 1,
    software,
    createdAt: new Date(context.now()).toISOString(),
    hasPixels,
    records: { bytes: lines.length, sha256: sha256Of(lines) },
    pictures: records.map((record) => ({ id: record.pictureId, sha256: record.objectSha256 })),
  }
  removeLeftParts(files, file)
  const temporary = partNameOf(file)
  const descriptor = files.open(temporary, 'wx')
  let isOpen = true
  try {
    await writeEntries(files, descriptor, async (archive) => {
      await addEntry(archive, 'manifest.json', Buffer.from(JSON.stringify(manifest)))
      await addEntry(archive, 'records.ndjson', lines)
      for (const { pictureId, objectSha256 } of records) {
        const png = objects.read(objectSha256) ?? objects.read(objectSha256, 'trash')
        if (png === undefined) throw new StudioError('libraryDamaged', `The file of picture ${pictureId} is missing.`)
        const tokens = () => Buffer.from(readPngTexts(png).texts.get(metadataKeyword) ?? '')
        if (hasPixels) await addEntry(archive, `objects/${objectSha256}.png`, png)
        else await addEntry(archive, `tokens/${pictureId}.json`, tokens())
      }
    })
    files.sync(descriptor)
    isOpen = false
    files.close(descriptor)
    files.rename(temporary, file)
    files.syncFolder(dirname(file))
    return { file, pictures: records.length, bytes: files.stat(file)?.bytes ?? 0 }
  } catch (error) {
    try {
      if (isOpen) files.close(descriptor)
      removeIfThere(files, temporary)
    } catch {
      // The first error is the one to tell.
    }
    throw error
  }
}

/** Writes what `addAll` puts into the archive, piece by piece; the first failure of either side ends both. */
async function writeEntries(
  files: FileSystem,
  descriptor: number,
  addAll: (archive: Pack) => Promise<void>,
): Promise<void> {
  const archive = pack()
  const write = async () => {
    for await (const chunk of archive as AsyncIterable<Uint8Array>) writeFully(files, descriptor, chunk)
  }
  const add = async () => {
    try {
      await addAll(archive)
      archive.finalize()
    } catch (error) {
      archive.destroy(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }
  const written = write()
  // An entry that nobody reads any more is never taken: when writing fails, adding is not waited for.
  await Promise.race([Promise.all([add(), written]), written.then(() => new Promise<never>(() => undefined))])
}

function* readPieces(files: FileSystem, file: string): Generator<Buffer> {
  const descriptor = files.open(file, 'r')
  try {
    for (let position = 0; ;) {
      const piece = Buffer.alloc(pieceBytes)
      const count = files.read(descriptor, piece, position)
      if (count === 0) return
      position += count
      yield piece.subarray(0, count)
    }
  } finally {
    files.close(descriptor)
  }
}

/** Pixels of a picture whose archive has only its tokens: the engine with the pack that `metadata` names. */
export type DrawTokens = (metadata: PictureMetadata) => Promise<RgbPicture>

/**
 * Merges an archive into the library: pictures that are there are left as they are. Every file is checked against the
 * manifest before anything of it is kept; what was taken in before an error stays, and running it again goes on.
 */
export async function importArchive(
  context: LibraryContext,
  db: WritableDb,
  options: { readonly file: string; readonly draw?: DrawTokens },
): Promise<ImportReport> {
  const report = { added: 0, known: 0, refused: [] as { file: string; reason: string }[] }
  const records = new Map<string, PictureRecord>()
  let manifest: Manifest | undefined
  const reader = extract()
  const source = Readable.from(readPieces(context.files, options.file))
  source.on('error', (error) => reader.destroy(error))
  source.pipe(reader)
  try {
    for await (const entry of reader) {
      const { name, size = 0, type } = entry.header
      // Its type declares less than it is: every entry can be read piece by piece.
      if (type !== 'file') refuse(`entry ${JSON.stringify(name)} is not a file`)
      const bytes = await readEntry(entry as unknown as AsyncIterable<Uint8Array>, size, limitOf(name))
      if (name === 'manifest.json') manifest = readManifest(bytes)
      else if (manifest === undefined) refuse('it does not begin with its manifest')
      else if (name === 'records.ndjson') readRecords(bytes, manifest, records)
      else {
        try {
          const isNew = await takeEntry(context, db, { name, bytes, manifest, records, draw: options.draw })
          report[isNew ? 'added' : 'known']++
        } catch (error) {
          if (!(error instanceof StudioError) || error.code !== 'invalidRequest') throw error
          report.refused.push({ file: name, reason: error.message })
        }
      }
    }
  } catch (error) {
    if (error instanceof StudioError || (error instanceof Error && 'code' in error && error.code !== undefined))
      throw error
    throw new StudioError('invalidRequest', `The archive cannot be read: ${String(error)}`, { cause: error })
  } finally {
    source.destroy()
  }
  if (manifest === undefined) refuse('it is empty')
  return report
}

function refuse(rule: string): never {
  throw new StudioError('invalidRequest', `This is not an archive of Easel: ${rule}.`)
}

function limitOf(name: string): number {
  if (name === 'manifest.json') return largestManifest
  if (name === 'records.ndjson') return largestRecords
  if (/^objects\/[0-9a-f]{64}\.png$/.test(name)) return pngLimits.fileBytes
  if (/^tokens\/[0-9a-f-]{36}\.json$/.test(name)) return largestTokens
  return refuse(`it holds ${JSON.stringify(name)}, which no archive of Easel holds`)
}

async function readEntry(entry: AsyncIterable<Uint8Array>, size: number, limit: number): Promise<Buffer> {
  if (size > limit) refuse(`an entry has ${size} bytes; allowed are ${limit}`)
  const parts: Uint8Array[] = []
  for await (const part of entry) parts.push(part)
  return Buffer.concat(parts)
}

function readManifest(bytes: Buffer): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(bytes.toString('utf8')))
  return parsed.success ? parsed.data : refuse(z.prettifyError(parsed.error))
}

function readRecords(bytes: Buffer, manifest: Manifest, records: Map<string, PictureRecord>): void {
  if (sha256Of(bytes) !== manifest.records.sha256) refuse('its records are not what its manifest says')
  for (const line of bytes.toString('utf8').split('\n')) {
    if (line === '') continue
    const parsed = pictureRecordSchema.safeParse(parseJson(line))
    if (!parsed.success) refuse(z.prettifyError(parsed.error))
    records.set(parsed.data.pictureId, parsed.data)
  }
}

interface Entry {
  readonly name: string
  readonly bytes: Buffer
  readonly manifest: Manifest
  readonly records: ReadonlyMap<string, PictureRecord>
  readonly draw: DrawTokens | undefined
}

async function takeEntry(context: LibraryContext, db: WritableDb, entry: Entry): Promise<boolean> {
  const { name, bytes, draw } = entry
  if (name.startsWith('objects/')) {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (name !== `objects/${sha256}.png`) refuse(`${name} is damaged`)
    return mergePicture(context, db, bytes, (id) => entry.records.get(id))
  }
  const metadata = parsePictureMetadata(bytes.toString('utf8'))
  if (get(db, 'SELECT 1 FROM pictures WHERE id = ?', metadata.pictureId) !== undefined) return false
  if (draw === undefined) refuse('it holds tokens without pixels, and no engine is there to draw them')
  const picture = await draw(metadata)
  const png = addPictureMetadata(await encodePng(picture), metadata)
  return mergePicture(context, db, png, (id) => entry.records.get(id))
}

/** Takes in a PNG of Easel's with what is known of it elsewhere. @returns false when it is there already. */
export function mergePicture(
  context: LibraryContext,
  db: WritableDb,
  png: Uint8Array,
  recordOf: (id: PictureId) => PictureRecord | undefined,
): boolean {
  const { width, height, texts } = readPngTexts(png)
  const text = texts.get(metadataKeyword)
  if (text === undefined) refuse('a picture in it carries no metadata')
  const metadata = parsePictureMetadata(text)
  const isNew = takeIn(context, db, png, metadata, width, height)
  const record = recordOf(metadata.pictureId)
  if (isNew && record !== undefined) applyRecord(db, record, context.now())
  return isNew
}
