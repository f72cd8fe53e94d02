import type { PackManifest } from '#app/domain/pack.ts'

import { buildPack } from '../build/build-pack.ts'

import { tinyWeights, type TinyOptions } from './tiny-weights.ts'

/** Builds the tiny random pack as the folder `folder` (which must not exist yet, its parent must) in well under a second. */
export function makeTinyPack(folder: string, options: TinyOptions = {}): Promise<PackManifest> {
  return buildPack(tinyWeights(options), folder)
}
