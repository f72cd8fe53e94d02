import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

import { validateFolder, type ValidPack, type ValidUpscaler } from '../validate/validate-pack.ts'

interface Entry {
  readonly fingerprint: string
  readonly result: Promise<ValidPack | ValidUpscaler>
}

/**
 * Remembers the outcome of validation, good or bad, for as long as no file of the folder changes: hashing a large pack takes seconds,
 * lists are asked for often. The engine checks the hashes of what it loads again, so a stale answer is never trusted with a session.
 */
export class ValidationCache {
  readonly #entries = new Map<string, Entry>()

  /** As `validateFolder`. */
  async validate(folder: string): Promise<ValidPack | ValidUpscaler> {
    const fingerprint = await fingerprintOf(folder)
    const known = this.#entries.get(folder)
    if (known?.fingerprint === fingerprint) return known.result
    const result = validateFolder(folder)
    this.#entries.set(folder, { fingerprint, result })
    return result
  }
}

/** Name, size, inode and times of every entry: any write, rename or link changes one of them. Throws `packInvalid`. */
async function fingerprintOf(folder: string): Promise<string> {
  try {
    const names = (await readdir(folder)).toSorted()
    const stats = await Promise.all(names.map((name) => lstat(join(folder, name), { bigint: true })))
    const lines = stats.map(({ size, ino, mtimeNs, ctimeNs }, index) => [names[index], size, ino, mtimeNs, ctimeNs])
    return lines.map((line) => line.join(' ')).join('\n')
  } catch (cause) {
    throw new StudioError('packInvalid', `${folder} is not a folder that can be read.`, { cause })
  }
}
