import { createHash, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

import { removeIfThere } from './durable-write.ts'
import { errnoOf, type FileSystem } from './file-system.ts'

/** Tells machines apart that share a folder, without saying what they are called. */
const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const ending = /^\.([0-9a-f]{8})-(\d+)-[0-9a-f-]{36}\.tmp$/

/** A name beside the target for what is not whole yet. It says whose it is, for `removeLeftParts`. */
export function partNameOf(target: string): string {
  return `${target}.${machine}-${process.pid}-${randomUUID()}.tmp`
}

/** Removes what processes of this machine that were killed have left of this target. What cannot be removed stays. */
export function removeLeftParts(files: FileSystem, target: string): void {
  const folder = dirname(target)
  const name = basename(target)
  try {
    for (const found of files.listFolder(folder)) {
      const [, host, pid] = (found.startsWith(name) ? ending.exec(found.slice(name.length)) : null) ?? []
      if (host === machine && !isRunning(Number(pid))) removeIfThere(files, join(folder, found))
    }
  } catch {
    // Of somebody else, or on a disk in trouble, which the writing that follows will tell.
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errnoOf(error) !== 'ESRCH'
  }
}
