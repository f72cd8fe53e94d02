import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { manifestFile } from '../validate/manifest.ts'

/** Where packs are looked for. */
export interface PackPlaces {
  /** Folder that holds pack folders; packs are installed here. It need not exist yet. */
  readonly installed: string
  /** Pack folders that come with the studio: never changed, and skipped when they are not there. */
  readonly shipped: readonly string[]
}

export interface PlacesOptions {
  /** The user's data folder. */
  readonly dataFolder: string
  /** The pack folder that comes with the studio. */
  readonly shipped: string
  /** `EASEL_PACKS`: one pack that takes the place of the shipped one, or a folder of packs that takes the place of both. */
  readonly override?: string
}

export function packPlaces({ dataFolder, shipped, override }: PlacesOptions): PackPlaces {
  const installed = join(dataFolder, 'packs')
  if (override === undefined || override === '') return { installed, shipped: [shipped] }
  if (existsSync(join(override, manifestFile))) return { installed, shipped: [override] }
  return { installed: override, shipped: [] }
}
