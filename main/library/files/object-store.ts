import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'

import { removeIfThere, writeFileDurably } from './durable-write.ts'
import type { FileSystem } from './file-system.ts'
import { findPngs } from './find-pngs.ts'

export const sha256Pattern = /^[0-9a-f]{64}$/

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Where a picture's file is: `objects` while it can be seen, `trash` between delete and unlink. */
export type ObjectPlace = 'objects' | 'trash'

/**
 * PNGs named by their content: `objects/ab/cd/<sha256>.png`, deleted ones under `trash/` in the same layout. A file
 * appears under its name only whole and fsynced, and is never changed.
 */
export interface ObjectStore {
  path(sha256: string, place?: ObjectPlace): string
  /** Durable when it returns. @returns sha256 of the bytes. */
  put(bytes: Uint8Array): string
  has(sha256: string, place?: ObjectPlace): boolean
  /** Undefined when missing. */
  read(sha256: string, place?: ObjectPlace): Uint8Array | undefined
  /** Durable when it returns; nothing to do when it is already there. */
  move(sha256: string, to: ObjectPlace): void
  unlink(sha256: string, place: ObjectPlace): void
  /** Hashes in name order, read folder by folder, so that a walk of a million files stays small and can go on later. */
  walk(place: ObjectPlace, after?: string): Generator<string>
  /** PNGs in it that are not where their names or contents say: renamed by hand, or in capitals after another system. */
  misnamed(place: ObjectPlace): Generator<string>
  /** Gives such a file the name of its content, where it is wanted and nothing sound has that name. Durable when it returns. */
  nameByContent(path: string, place: ObjectPlace, isWanted: (bytes: Uint8Array) => boolean): void
  /** Removes what a dead process left half written. @returns how many. */
  cleanTemporary(): number
  readonly temporaryFolder: string
}

function readIfPossible(files: FileSystem, file: string): Uint8Array | undefined {
  try {
    return files.readFile(file)
  } catch {
    return undefined
  }
}

export function openObjectStore(files: FileSystem, folder: string): ObjectStore {
  const temporaryFolder = join(folder, 'objects', 'tmp')
  const durableFolders = new Set<string>()
  const path = (sha256: string, place: ObjectPlace = 'objects') =>
    join(folder, place, sha256.slice(0, 2), sha256.slice(2, 4), `${sha256}.png`)

  /** Each folder once per process: one that is there may have been made by a process that died before its fsync. */
  function ensureFolder(target: string): void {
    if (target === folder || durableFolders.has(target)) return
    ensureFolder(dirname(target))
    files.makeFolder(target)
    files.syncFolder(dirname(target))
    durableFolders.add(target)
  }

  const store: ObjectStore = {
    path,
    temporaryFolder,
    put: (bytes) => {
      const sha256 = sha256Of(bytes)
      const target = path(sha256)
      ensureFolder(temporaryFolder)
      ensureFolder(dirname(target))
      const present = store.read(sha256)
      if (present !== undefined && sha256Of(present) === sha256) files.syncFolder(dirname(target))
      else writeFileDurably(files, temporaryFolder, target, bytes)
      return sha256
    },
    has: (sha256, place) => files.stat(path(sha256, place)) !== undefined,
    read: (sha256, place) =>
      files.stat(path(sha256, place)) === undefined ? undefined : files.readFile(path(sha256, place)),
    move: (sha256, to) => {
      const from: ObjectPlace = to === 'trash' ? 'objects' : 'trash'
      ensureFolder(dirname(path(sha256, to)))
      if (store.has(sha256, from)) {
        files.rename(path(sha256, from), path(sha256, to))
      }
      // The new name first: were the removal durable alone, a power cut would leave no name at all.
      files.syncFolder(dirname(path(sha256, to)))
      if (files.stat(dirname(path(sha256, from))) !== undefined) files.syncFolder(dirname(path(sha256, from)))
    },
    unlink: (sha256, place) => removeIfThere(files, path(sha256, place)),
    *walk(place, after = '') {
      // In capitals too: a system that ignores case may list them so, and finds them by their names all the same.
      const isPair = (name: string) => /^[0-9a-f]{2}$/i.test(name)
      const root = join(folder, place)
      for (const first of files.listFolder(root)) {
        if (!isPair(first) || first.toLowerCase() < after.slice(0, 2)) continue
        for (const second of files.listFolder(join(root, first))) {
          if (!isPair(second) || (first + second).toLowerCase() < after.slice(0, 4)) continue
          for (const name of files.listFolder(join(root, first, second))) {
            const sha256 = name.slice(0, 64).toLowerCase()
            const isNamed = name.toLowerCase() === `${sha256}.png` && sha256Pattern.test(sha256)
            if (isNamed && sha256 > after) yield sha256
          }
        }
      }
    },
    *misnamed(place) {
      for (const file of findPngs(files, join(folder, place))) {
        const sha256 = basename(file).slice(0, 64).toLowerCase()
        const named = path(sha256, place)
        // In capitals it has its name on systems that ignore case, and on no others.
        const isNamed = file === named || (file.toLowerCase() === named.toLowerCase() && store.has(sha256, place))
        if (!isNamed && dirname(file) !== temporaryFolder) yield file
      }
    },
    nameByContent: (file, place, isWanted) => {
      const bytes = readIfPossible(files, file)
      if (bytes === undefined || !isWanted(bytes)) return
      const sha256 = sha256Of(bytes)
      const present = store.read(sha256, place)
      if (present !== undefined && sha256Of(present) === sha256) return
      const target = path(sha256, place)
      ensureFolder(dirname(target))
      files.rename(file, target)
      files.syncFolder(dirname(target))
      files.syncFolder(dirname(file))
    },
    cleanTemporary: () => {
      const names = files.listFolder(temporaryFolder)
      for (const name of names) removeIfThere(files, join(temporaryFolder, name))
      return names.length
    },
  }
  return store
}
