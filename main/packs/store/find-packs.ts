import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { StudioError, toWireError, type WireError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackManifest, PackSummary } from '#app/domain/pack.ts'
import type { UpscalerManifest, UpscalerSummary } from '#app/domain/upscaler.ts'

import { isUpscaler } from '../validate/validate-pack.ts'

import type { PackPlaces } from './places.ts'
import { summarisePack, summariseUpscaler } from './summary.ts'
import type { ValidationCache } from './validation-cache.ts'

/** A pack on disk that passed validation. */
export interface FoundPack {
  readonly summary: PackSummary
  readonly manifest: PackManifest
  /** Absolute path; stays inside the main process. */
  readonly folder: string
  readonly isShipped: boolean
}

/** An upscaler on disk that passed validation. */
export interface FoundUpscaler {
  readonly summary: UpscalerSummary
  readonly manifest: UpscalerManifest
  /** Absolute path; stays inside the main process. */
  readonly folder: string
  readonly isShipped: boolean
}

/** A folder among the packs that failed validation. */
export interface BrokenPack {
  readonly folder: string
  readonly error: WireError
}

/** What lies in the folders of packs, by kind: who asks for packs to draw with never meets an upscaler. */
export interface FoundPacks {
  readonly packs: readonly FoundPack[]
  readonly upscalers: readonly FoundUpscaler[]
  readonly broken: readonly BrokenPack[]
}

/** Looks at every pack folder: the installed ones by name, then the shipped ones. Of two packs with one id, of whatever kind, the first counts. */
export async function findPacks(places: PackPlaces, cache: ValidationCache): Promise<FoundPacks> {
  const packs: FoundPack[] = []
  const upscalers: FoundUpscaler[] = []
  const broken: BrokenPack[] = []
  const ids = new Set<PackId>()
  for (const { folder, isShipped } of await packFolders(places)) {
    try {
      const valid = await cache.validate(folder)
      const { id } = valid.manifest
      if (ids.has(id)) continue
      ids.add(id)
      const origin = isShipped ? { isShipped } : {}
      if (isUpscaler(valid)) {
        const summary = { ...summariseUpscaler(valid), ...origin }
        upscalers.push({ summary, manifest: valid.manifest, folder, isShipped })
      } else {
        packs.push({ summary: { ...summarisePack(valid), ...origin }, manifest: valid.manifest, folder, isShipped })
      }
    } catch (error) {
      broken.push({ folder, error: toWireError(error) })
    }
  }
  return { packs, upscalers, broken }
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
