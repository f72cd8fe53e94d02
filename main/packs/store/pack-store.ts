import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'

import { syncFolder } from '../sync-folder.ts'
import { validateFolder } from '../validate/validate-pack.ts'

import { copyPack } from './copy-pack.ts'
import { findPacks, namesIn, type BrokenPack, type FoundPack, type FoundUpscaler } from './find-packs.ts'
import type { PackPlaces } from './places.ts'
import { ValidationCache } from './validation-cache.ts'

export interface PackStore {
  /** Usable packs that draw: the installed ones, then the shipped ones whose id is not installed. A broken pack never makes this fail. */
  list(): Promise<readonly FoundPack[]>
  /** Usable upscalers, in the same order. None of them is in `list`. */
  listUpscalers(): Promise<readonly FoundUpscaler[]>
  /** Folders among the packs that fail validation, each with its reason. */
  listBroken(): Promise<readonly BrokenPack[]>
  /** Throws `packMissing`, naming the packs there are, or `packInvalid`, naming file and rule. */
  find(id: PackId): Promise<FoundPack>
  /** Throws `packMissing`, naming the upscalers there are. */
  findUpscaler(id: PackId): Promise<FoundUpscaler>
  /**
   * Copies a pack folder of either kind in, validates the copy and renames it into place; an installed pack of the same id is replaced.
   * Throws `packInvalid`. Killed at any point, it leaves the old pack or the new one, once `collectLeftovers` has run.
   */
  install(folder: string): Promise<FoundPack | FoundUpscaler>
  /** Throws `packMissing` when no pack of this id is installed. Shipped packs stay. */
  remove(id: PackId): Promise<void>
  /** Undoes interrupted replacements and deletes what interrupted work left. Only while no other studio uses the folder. */
  collectLeftovers(): Promise<void>
}

/** Hidden folders that hold a pack on its way in or out; a replaced one is named so that it can come back. */
const leftover = /^\.(?:installing|removed|replaced)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-(?<name>.+))?$/

export function createPackStore(places: PackPlaces): PackStore {
  const { installed } = places
  const cache = new ValidationCache()
  const hiddenFolder = (purpose: string) => join(installed, `.${purpose}-${randomUUID()}`)

  async function find(id: PackId): Promise<FoundPack> {
    const { packs, upscalers, broken } = await findPacks(places, cache)
    const pack = packs.find(({ summary }) => summary.id === id)
    if (pack !== undefined) return pack
    if (upscalers.some(({ summary }) => summary.id === id))
      throw new StudioError('packMissing', `The pack "${id}" is an upscaler: it enlarges pictures and draws none.`)
    const damaged = broken.find(({ folder }) => folder === join(installed, id))
    if (damaged !== undefined)
      throw new StudioError('packInvalid', `The pack "${id}" is damaged: ${damaged.error.message}`)
    const ids = packs.map(({ summary }) => summary.id).join(', ')
    const reasons = broken.map(({ folder, error }) => ` The one in ${folder} is damaged: ${error.message}`).join('')
    throw new StudioError(
      'packMissing',
      `There is no pack "${id}". The packs are: ${ids === '' ? 'none' : ids}.${reasons}`,
    )
  }

  async function findUpscaler(id: PackId): Promise<FoundUpscaler> {
    const { upscalers } = await findPacks(places, cache)
    const upscaler = upscalers.find(({ summary }) => summary.id === id)
    if (upscaler !== undefined) return upscaler
    const ids = upscalers.map(({ summary }) => summary.id).join(', ')
    throw new StudioError('packMissing', `There is no upscaler "${id}". The upscalers are: ${ids || 'none'}.`)
  }

  /** Folders that a pack of this id is in or would be put into. */
  async function foldersOf(id: PackId): Promise<ReadonlySet<string>> {
    const { packs, upscalers } = await findPacks({ installed, shipped: [] }, cache)
    const folders = [...packs, ...upscalers].filter(({ summary }) => summary.id === id).map(({ folder }) => folder)
    if ((await namesIn(installed)).includes(id)) folders.push(join(installed, id))
    return new Set(folders)
  }

  /** Puts `folder` where `target` is; folders cannot be swapped in one step, so the old ones keep their name on the way out. */
  async function replace(old: ReadonlySet<string>, folder: string, target: string): Promise<void> {
    const aside = [...old].map((path) => ({ path, hidden: `${hiddenFolder('replaced')}-${basename(path)}` }))
    for (const { path, hidden } of aside) await rename(path, hidden)
    try {
      await rename(folder, target)
    } catch (error) {
      for (const { path, hidden } of aside) await rename(hidden, path)
      throw error
    }
    await syncFolder(installed)
    for (const { hidden } of aside) await rm(hidden, { recursive: true, force: true })
  }

  return {
    find,
    findUpscaler,
    listUpscalers: async () => (await findPacks(places, cache)).upscalers,
    list: async () => (await findPacks(places, cache)).packs,
    listBroken: async () => (await findPacks(places, cache)).broken,

    async install(folder) {
      await mkdir(installed, { recursive: true })
      const copy = hiddenFolder('installing')
      try {
        await copyPack(folder, copy)
        const { manifest } = await validateFolder(copy)
        await syncFolder(copy)
        await replace(await foldersOf(manifest.id), copy, join(installed, manifest.id))
        return 'kind' in manifest ? await findUpscaler(manifest.id) : await find(manifest.id)
      } finally {
        await rm(copy, { recursive: true, force: true })
      }
    },

    async remove(id) {
      const folders = await foldersOf(id)
      if (folders.size === 0) throw new StudioError('packMissing', `No pack "${id}" is installed.`)
      for (const folder of folders) {
        const aside = hiddenFolder('removed')
        await rename(folder, aside)
        await syncFolder(installed)
        await rm(aside, { recursive: true, force: true })
      }
    },

    async collectLeftovers() {
      const names = await namesIn(installed)
      for (const name of names) {
        const match = leftover.exec(name)
        if (match === null) continue
        const original = match.groups?.['name']
        const isLost = original !== undefined && !names.includes(original)
        if (isLost) await rename(join(installed, name), join(installed, original))
        else await rm(join(installed, name), { recursive: true, force: true })
      }
    },
  }
}
