import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'

/** Of the name itself: a link is neither file nor folder. */
export interface FileFacts {
  readonly bytes: number
  readonly isFile: boolean
  readonly isFolder: boolean
  readonly modifiedMs: number
}

/**
 * Every file operation of the library that is not SQLite's own goes through here, so that a test can make the n-th one
 * fail or drop what was never fsynced. Synchronous: an operation either happened or threw, and nothing runs between the
 * steps of the write protocol.
 */
export interface FileSystem {
  /** @param flags `wx` = create, fail when it exists; `r` = read. */
  open(path: string, flags: 'wx' | 'r'): number
  /** @returns bytes written, possibly fewer than asked. */
  write(descriptor: number, bytes: Uint8Array, offset: number): number
  /** @returns bytes read from the position; 0 at the end. */
  read(descriptor: number, target: Uint8Array, position: number): number
  sync(descriptor: number): void
  close(descriptor: number): void
  readFile(path: string): Uint8Array
  rename(from: string, to: string): void
  unlink(path: string): void
  /** @returns false when it was already there. */
  makeFolder(path: string): boolean
  /** Makes creations, renames and removals inside the folder survive a power cut. */
  syncFolder(path: string): void
  /** Names inside, sorted; empty when there is no such folder. */
  listFolder(path: string): readonly string[]
  /** Undefined when there is nothing. */
  stat(path: string): FileFacts | undefined
}

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

export const nodeFileSystem: FileSystem = {
  open: (path, flags) => openSync(path, flags, 0o600),
  write: (descriptor, bytes, offset) => writeSync(descriptor, bytes, offset),
  read: (descriptor, target, position) => readSync(descriptor, target, 0, target.length, position),
  sync: (descriptor) => fsyncSync(descriptor),
  close: (descriptor) => closeSync(descriptor),
  readFile: (path) => readFileSync(path),
  rename: (from, to) => renameSync(from, to),
  unlink: (path) => unlinkSync(path),
  makeFolder: (path) => {
    try {
      mkdirSync(path, { mode: 0o700 })
      return true
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false
      throw error
    }
  },
  syncFolder: (path) => {
    // Windows has no fsync of a folder; NTFS journals its own names.
    if (process.platform === 'win32') return
    const descriptor = openSync(path, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  },
  listFolder: (path) => {
    try {
      return readdirSync(path).sort()
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return []
      throw error
    }
  },
  stat: (path) => {
    const found = lstatSync(path, { throwIfNoEntry: false })
    return (
      found && {
        bytes: found.size,
        isFile: found.isFile(),
        isFolder: found.isDirectory(),
        modifiedMs: found.mtimeMs,
      }
    )
  },
}
