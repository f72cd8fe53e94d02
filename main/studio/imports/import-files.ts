import { randomUUID } from 'node:crypto'
import { mkdir, open, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import { maxUploadPart } from '#app/contract/import-calls.ts'
import type { ImportFile, ImportFileId } from '#app/domain/checkpoint.ts'

/** No published checkpoint comes in more. */
const maxFiles = 64

/** The files an import may read. Uploaded ones lie in a folder of this session, chosen ones where they are. */
export interface ImportFiles {
  /** @throws StudioError `invalidRequest` for a name that is none, `storageFull` when the disk cannot take the file */
  begin(name: string, bytes: number): Promise<ImportFile>
  /** @throws StudioError `notFound`; `invalidRequest` when the part is not the next one; `storageFull` */
  append(id: ImportFileId, offset: number, part: Uint8Array): Promise<ImportFile>
  /** Files that a dialog of the shell has chosen: read in place, never deleted. @throws StudioError `notFound` */
  offer(paths: readonly string[]): Promise<readonly ImportFile[]>
  find(id: ImportFileId): ImportFile
  /** @throws StudioError `invalidRequest` for a file that has not arrived whole */
  pathOf(id: ImportFileId): string
  drop(ids: readonly ImportFileId[]): Promise<void>
  /** Deletes what was uploaded in this session. */
  close(): Promise<void>
}

interface Held {
  file: ImportFile
  readonly path: string
  readonly isUploaded: boolean
  isBeingWritten: boolean
}

/** @param packsFolder uploads lie in a hidden folder of it, named as leftovers are: after a crash the next start collects them */
export function createImportFiles(packsFolder: string): ImportFiles {
  const folder = join(packsFolder, `.installing-${randomUUID()}`)
  const files = new Map<ImportFileId, Held>()

  function held(id: ImportFileId): Held {
    const found = files.get(id)
    if (found !== undefined) return found
    throw new StudioError('notFound', 'That file is not known: upload it again.')
  }
  function keep(path: string, bytes: number, isUploaded: boolean): ImportFile {
    const id = randomUUID() as ImportFileId
    const file = { id, name: basename(path), bytes, receivedBytes: isUploaded ? 0 : bytes }
    files.set(id, { file, path, isUploaded, isBeingWritten: false })
    return file
  }

  return {
    async begin(name, bytes) {
      checkName(name)
      if (files.size >= maxFiles) throw new StudioError('invalidRequest', `At most ${maxFiles} files make a model.`)
      await mkdir(folder, { recursive: true })
      await checkRoom(folder, bytes)
      // A folder each, so that two files may have one name.
      const path = join(folder, randomUUID(), name)
      await mkdir(dirname(path))
      await (await open(path, 'wx')).close()
      return keep(path, bytes, true)
    },

    async append(id, offset, part) {
      const upload = held(id)
      const { receivedBytes, bytes, name } = upload.file
      if (!upload.isUploaded || upload.isBeingWritten || offset !== receivedBytes)
        throw new StudioError('invalidRequest', `The next part of ${name} begins at byte ${receivedBytes}.`)
      if (part.length > maxUploadPart || receivedBytes + part.length > bytes)
        throw new StudioError('invalidRequest', `${name} was said to have ${bytes} bytes; parts hold ${maxUploadPart}.`)
      upload.isBeingWritten = true
      try {
        await write(upload.path, part, offset)
        upload.file = { ...upload.file, receivedBytes: receivedBytes + part.length }
        return upload.file
      } finally {
        upload.isBeingWritten = false
      }
    },

    async offer(paths) {
      const sizes = await Promise.all(paths.map(sizeOf))
      return paths.map((path, index) => keep(path, sizes[index] ?? 0, false))
    },

    find: (id) => held(id).file,

    pathOf(id) {
      const { file, path } = held(id)
      if (file.receivedBytes === file.bytes) return path
      throw new StudioError(
        'invalidRequest',
        `${file.name} has not arrived yet: ${file.receivedBytes} of ${file.bytes}.`,
      )
    },

    async drop(ids) {
      for (const id of ids) {
        const file = files.get(id)
        files.delete(id)
        if (file?.isUploaded === true) await rm(dirname(file.path), { recursive: true, force: true })
      }
    },

    async close() {
      files.clear()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A bare file name that every disk takes. */
function checkName(name: string): void {
  const isPrintable = Array.from(name).every((character) => character >= ' ')
  if (isPrintable && /^[^/\\:*?"<>|]{1,200}$/u.test(name) && name !== '.' && name !== '..') return
  throw new StudioError('invalidRequest', 'The name of a file has 1 to 200 characters and none of / \\ : * ? " < > |.')
}

/** The disk must take the file; what is made of it is the import's own affair. */
async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bytes <= bavail * bsize) return
  const gigabytes = (count: number): string => `${(count / 1e9).toFixed(1)} GB`
  throw new StudioError(
    'storageFull',
    `The file has ${gigabytes(bytes)}; the disk has ${gigabytes(bavail * bsize)} left.`,
  )
}

async function write(path: string, part: Uint8Array, offset: number): Promise<void> {
  const file = await open(path, 'r+')
  try {
    let written = 0
    while (written < part.length)
      written += (await file.write(part, written, part.length - written, offset + written)).bytesWritten
  } catch (cause) {
    const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC'
    throw new StudioError(isFull ? 'storageFull' : 'storageFailed', `The upload could not be written.`, { cause })
  } finally {
    await file.close()
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() === true) return found.size
  throw new StudioError('notFound', `${basename(path)} is not a file that can be read.`)
}
