import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { PackManifest } from '#app/domain/pack.ts'
import { buildPack } from '#main/packs/build/build-pack.ts'
import { randomTransformer } from '#main/packs/graphs/random-transformer.ts'
import { tinyWeights } from '#main/packs/tiny/tiny-weights.ts'
import type { TransformerDescription } from '#main/packs/weights/model-description.ts'
import type { ModelWeights } from '#main/packs/weights/read-weights.ts'

/** Shapes that are measured beside the pack that ships: the shape is what costs, so random weights do. */
export const shapes = {
  '8x384': { layers: 8, width: 384, heads: 6, headDim: 64, mlpWidth: 1536, textLength: 64, rows: 16, columns: 16 },
  '12x768': { layers: 12, width: 768, heads: 12, headDim: 64, mlpWidth: 3072, textLength: 64, rows: 16, columns: 16 },
  '24x2048': {
    layers: 24,
    width: 2048,
    heads: 16,
    headDim: 128,
    mlpWidth: 8192,
    textLength: 128,
    rows: 32,
    columns: 32,
  },
} as const satisfies Record<string, Partial<TransformerDescription>>
export type ShapeName = keyof typeof shapes

export interface RandomPack {
  readonly folder: string
  readonly manifest: PackManifest
  readonly weights: ModelWeights
  remove(): Promise<void>
}

/** Builds a pack of random weights in a temporary folder. */
export async function makeRandomPack(shape: ShapeName): Promise<RandomPack> {
  const parent = await mkdtemp(join(tmpdir(), 'easel-bench-'))
  const tiny = tinyWeights({ hasClip: false })
  const description: TransformerDescription = {
    ...tiny.model.transformer,
    ...shapes[shape],
    activation: 'gelu',
    qkNorm: false,
    imageVocabulary: 8192,
    attention: Array.from({ length: shapes[shape].layers }, () => 'dense' as const),
  }
  const weights = {
    ...tiny,
    model: { ...tiny.model, transformer: description },
    transformer: randomTransformer(description, { seed: 1, isNormBiased: true }),
    dvae: tinyWeights({ hasClip: false, transformer: { imageVocabulary: 8192 } }).dvae,
  }
  const folder = join(parent, 'pack')
  const manifest = await buildPack(weights, folder)
  return { folder, manifest, weights, remove: () => rm(parent, { recursive: true }) }
}
