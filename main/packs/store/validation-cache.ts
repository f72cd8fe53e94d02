import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { validatePack, type ValidPack } from '../validate/validate-pack.ts'

interface Entry {
  readonly fingerprint: string
  readonly result: Promise<ValidPack>
}

/**
 * Remembers the outcome of validation, good or bad, for as long as no file of the folder changes: hashing a large pack takes seconds,
 * lists are asked for often. The engine checks the hashes of what it loads again, so a stale answer is never trusted with a session.
 */
export class ValidationCache {
  readonly #entries = new Map<string, Entry>()

  /** As `validatePack`. */
  async validate(folder: string): Promise<ValidPack> {
    const fingerprint = await fingerprintOf(folder)
    const known = this.#entries.get(folder)
    if (known?.fingerprint === fingerprint) return known.result
    const result = validatePack(folder)
    this.#entries.set(folder, { fingerprint, result })
    return result
  }
}

/** Name, size, inode and times of every entry: any write, rename or link changes one of them. */
async function fingerprintOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).toSorted()
  const stats = await Promise.all(names.map((name) => lstat(join(folder, name), { bigint: true })))
  return stats
    .map((stat, index) => [names[index], stat.size, stat.ino, stat.mtimeNs, stat.ctimeNs].join(' '))
    .join('\n')
}
