import { copyFileSync, mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { errnoOf, type FileSystem } from '../files/file-system.ts'

/** Follows a file through renames, so that a cut empties what was never fsynced, whatever it is called by then. */
interface WrittenFile {
  path: string
  written: number
}

interface Pending {
  /** What makes it durable: an fsync of this file, or of this folder. */
  readonly until: string
  undo(): void
}

export interface PowerCutFiles extends FileSystem {
  readonly operations: number
  /** Puts the disk into the state that only fsynced changes leave, and forgets the rest. */
  cut(): void
}

/**
 * The real file system, seen as a disk with a cache that loses power: until its file is fsynced a write is gone, until
 * its folder is fsynced a creation, rename or removal is undone. Harsher than ext4, which often keeps more.
 * @param cutAt the 0-based operation from which on everything throws; Infinity = never.
 * @param limbo a folder beside the library, for files that a cut brings back.
 */
export function createPowerCutFiles(real: FileSystem, limbo: string, cutAt = Infinity): PowerCutFiles {
  let count = 0
  let pending: Pending[] = []
  const opened = new Map<number, WrittenFile>()
  const byPath = new Map<string, WrittenFile>()
  const settle = (until: string) => (pending = pending.filter((change) => change.until !== until))
  const quietly = (work: () => void) => () => {
    try {
      work()
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
    }
  }
  mkdirSync(limbo, { recursive: true })
  const keepAside = (path: string) => {
    const aside = join(limbo, String(count))
    renameSync(path, aside)
    return aside
  }

  /** Two names in two folders, each durable on its own: both, either or neither can survive. */
  function acrossFolders(from: string, to: string, replaced: string | undefined): readonly Pending[] {
    let unnamed: string | undefined
    const undoNew = quietly(() => {
      renameSync(to, (unnamed = join(limbo, `${count}-unnamed`)))
      if (replaced !== undefined) renameSync(replaced, to)
    })
    const undoOld = quietly(() => copyFileSync(unnamed ?? to, from))
    return [
      { until: dirname(from), undo: undoOld },
      { until: dirname(to), undo: undoNew },
    ]
  }

  const files: FileSystem = {
    ...real,
    open: (path, flags) => {
      const descriptor = real.open(path, flags)
      if (flags === 'wx') {
        const file = { path, written: 0 }
        opened.set(descriptor, file)
        byPath.set(path, file)
        pending.push({ until: dirname(path), undo: quietly(() => rmSync(path)) })
      }
      return descriptor
    },
    write: (descriptor, bytes, offset) => {
      const written = real.write(descriptor, bytes, offset)
      const file = opened.get(descriptor)
      if (file !== undefined) {
        if (file.written === 0) {
          pending.push({ until: `data:${descriptor}`, undo: quietly(() => truncateSync(file.path, 0)) })
        }
        file.written += written
      }
      return written
    },
    sync: (descriptor) => {
      real.sync(descriptor)
      settle(`data:${descriptor}`)
    },
    close: (descriptor) => {
      const file = opened.get(descriptor)
      if (file !== undefined) {
        // Descriptors are used again: what was not fsynced stays lost under a name that nothing can settle.
        pending = pending.map((change) =>
          change.until === `data:${descriptor}` ? { ...change, until: `never:${file.path}` } : change,
        )
        opened.delete(descriptor)
      }
      real.close(descriptor)
    },
    rename: (from, to) => {
      const replaced = real.stat(to) === undefined ? undefined : keepAside(to)
      real.rename(from, to)
      const file = byPath.get(from)
      if (file !== undefined) byPath.set((file.path = to), file)
      const undo = quietly(() => {
        renameSync(to, from)
        if (file !== undefined) file.path = from
        if (replaced !== undefined) renameSync(replaced, to)
      })
      if (dirname(from) === dirname(to)) pending.push({ until: dirname(to), undo })
      else pending.push(...acrossFolders(from, to, replaced))
    },
    unlink: (path) => {
      if (real.stat(path) === undefined) return real.unlink(path)
      const aside = keepAside(path)
      pending.push({ until: dirname(path), undo: quietly(() => renameSync(aside, path)) })
    },
    makeFolder: (path) => {
      const isNew = real.makeFolder(path)
      if (isNew) pending.push({ until: dirname(path), undo: () => rmSync(path, { recursive: true, force: true }) })
      return isNew
    },
    syncFolder: (path) => {
      real.syncFolder(path)
      settle(path)
    },
  }

  const cutting: Record<string, unknown> = {}
  for (const [name, method] of Object.entries(files) as [string, (...input: unknown[]) => unknown][]) {
    cutting[name] = (...input: unknown[]) => {
      if (count++ >= cutAt) throw Object.assign(new Error('EIO: the power is gone'), { code: 'EIO' })
      return method(...input)
    }
  }
  Object.defineProperty(cutting, 'operations', { get: () => count })
  cutting['cut'] = () => {
    for (const change of pending.toReversed()) change.undo()
    pending = []
  }
  return cutting as unknown as PowerCutFiles
}
