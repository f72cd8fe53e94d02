import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'

import { errnoOf, type FileSystem } from './file-system.ts'

/** Writes everything, however short the single writes are. */
export function writeFully(files: FileSystem, descriptor: number, bytes: Uint8Array): void {
  let offset = 0
  while (offset < bytes.length) {
    const written = files.write(descriptor, bytes, offset)
    if (written <= 0) throw Object.assign(new Error('The disk took no more bytes.'), { code: 'ENOSPC' })
    offset += written
  }
}

export function removeIfThere(files: FileSystem, path: string): void {
  try {
    files.unlink(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

/** Creates the folder and its missing parents below `root`, each durable in its own parent before anything enters it. */
export function makeFolderDurably(files: FileSystem, root: string, path: string): void {
  if (path === root) return
  const parent = dirname(path)
  makeFolderDurably(files, root, parent)
  files.makeFolder(path)
  // Also when it was there already: a process that died may have made it without the fsync.
  files.syncFolder(parent)
}

/**
 * temp file (`O_EXCL`) → fsync → rename → fsync of the folder. When it returns, the file is there whole and survives a
 * power cut; when it throws, the target is untouched or whole, and the temp file is gone as far as the disk allows.
 */
export function writeFileDurably(files: FileSystem, temporaryFolder: string, target: string, bytes: Uint8Array): void {
  const temporary = join(temporaryFolder, randomUUID())
  const descriptor = files.open(temporary, 'wx')
  let isOpen = true
  try {
    writeFully(files, descriptor, bytes)
    files.sync(descriptor)
    isOpen = false
    files.close(descriptor)
    files.rename(temporary, target)
    files.syncFolder(dirname(target))
  } catch (error) {
    try {
      if (isOpen) files.close(descriptor)
      removeIfThere(files, temporary)
    } catch {
      // The first error is the one to tell; start-up recovery empties the temp folder.
    }
    throw error
  }
}

const copyChunkBytes = 4 * 2 ** 20

/** The same protocol for a file that is copied piece by piece; `to` must be in an existing folder. */
export function copyFileDurably(files: FileSystem, from: string, to: string): void {
  const temporary = `${to}.${randomUUID()}.tmp`
  const source = files.open(from, 'r')
  try {
    const target = files.open(temporary, 'wx')
    try {
      const chunk = new Uint8Array(copyChunkBytes)
      for (let position = 0; ;) {
        const count = files.read(source, chunk, position)
        if (count === 0) break
        writeFully(files, target, chunk.subarray(0, count))
        position += count
      }
      files.sync(target)
    } finally {
      files.close(target)
    }
    files.rename(temporary, to)
    files.syncFolder(dirname(to))
  } catch (error) {
    try {
      removeIfThere(files, temporary)
    } catch {
      // The first error is the one to tell.
    }
    throw error
  } finally {
    files.close(source)
  }
}
