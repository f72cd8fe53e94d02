import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { StudioError, toWireError, type WireError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackManifest, PackSummary } from '#app/domain/pack.ts'

import type { PackPlaces } from './places.ts'
import { summarisePack } from './summary.ts'
import type { ValidationCache } from './validation-cache.ts'

/** A pack on disk that passed validation. */
export interface FoundPack {
  readonly summary: PackSummary
  readonly manifest: PackManifest
  /** Absolute path; stays inside the main process. */
  readonly folder: string
  readonly isShipped: boolean
}

/** A folder among the packs that failed validation. */
export interface BrokenPack {
  readonly folder: string
  readonly error: WireError
}

/** Looks at every pack folder: the installed ones by name, then the shipped ones. Of two packs with one id the first counts. */
export async function findPacks(
  places: PackPlaces,
  cache: ValidationCache,
): Promise<{ readonly packs: readonly FoundPack[]; readonly broken: readonly BrokenPack[] }> {
  const packs = new Map<PackId, FoundPack>()
  const broken: BrokenPack[] = []
  for (const { folder, isShipped } of await packFolders(places)) {
    try {
      const pack = await cache.validate(folder)
      const { manifest } = pack
      if (!packs.has(manifest.id)) {
        const summary = { ...summarisePack(pack), ...(isShipped ? { isShipped } : {}) }
        packs.set(manifest.id, { summary, manifest, folder, isShipped })
      }
    } catch (error) {
      broken.push({ folder, error: toWireError(error) })
    }
  }
  return { packs: [...packs.values()], broken }
}

async function packFolders({ installed, shipped }: PackPlaces) {
  const names = (await namesIn(installed)).filter((name) => !name.startsWith('.')).toSorted()
  const folders = names.map((name) => ({ folder: join(installed, name), isShipped: false }))
  for (const folder of shipped) if (await isThere(folder)) folders.push({ folder, isShipped: true })
  return folders
}

/** Entries of a folder; none when it does not exist. Throws `storageFailed`. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  if (!(await isThere(folder))) return []
  try {
    return await readdir(folder)
  } catch (cause) {
    throw new StudioError('storageFailed', `${folder} is not a folder of packs that can be read.`, { cause })
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
