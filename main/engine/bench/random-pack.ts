import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { CacheRanges } from '#app/domain/cache-ranges.ts'
import type { PackManifest } from '#app/domain/pack.ts'
import { paperAttention } from '#app/kernels/attention-masks.ts'
import { buildPack } from '#main/packs/build/build-pack.ts'
import { randomTransformer } from '#main/packs/graphs/random-transformer.ts'
import { safetensorsChunks } from '#main/packs/safetensors/write.ts'
import { tinyWeights } from '#main/packs/tiny/tiny-weights.ts'
import type { Tensor } from '#main/packs/onnx/tensor.ts'
import type { TransformerDescription } from '#main/packs/weights/model-description.ts'
import type { ModelWeights } from '#main/packs/weights/read-weights.ts'

/** Shapes that are measured beside the pack that ships: the shape is what costs, so random weights do. */
export const shapes = {
  // The shape of the pack that ships.
  starter: {
    ...{ layers: 6, width: 192, heads: 3, headDim: 64, mlpWidth: 768, textLength: 24, rows: 13, columns: 12 },
    ...{ imageVocabulary: 2048, activation: 'relu2', qkNorm: true },
  },
  '8x384': { layers: 8, width: 384, heads: 6, headDim: 64, mlpWidth: 1536, textLength: 64, rows: 16, columns: 16 },
  '12x768': { layers: 12, width: 768, heads: 12, headDim: 64, mlpWidth: 3072, textLength: 64, rows: 16, columns: 16 },
  // Four of the 24 layers below: the whole passes the 2 GiB of one ONNX file in fp32.
  '4x2048': {
    layers: 4,
    width: 2048,
    heads: 16,
    headDim: 128,
    mlpWidth: 8192,
    textLength: 128,
    rows: 32,
    columns: 32,
  },
  // ruDALL-E's shape, in int8 only.
  '24x2048': {
    ...{ layers: 24, width: 2048, heads: 16, headDim: 128, mlpWidth: 8192, textLength: 128, rows: 32, columns: 32 },
  },
  // The paper's positions and kinds of layers (App. B), at a width that loads in a second.
  'paper-8x512': {
    ...{ layers: 8, width: 512, heads: 8, headDim: 64, mlpWidth: 2048, textLength: 256, rows: 32, columns: 32 },
    attention: paperAttention(8),
  },
} as const satisfies Record<string, Partial<TransformerDescription>>
export type ShapeName = keyof typeof shapes

export interface RandomPack {
  readonly folder: string
  /** The same weights for PyTorch (docs/weights-format.md). */
  readonly weightsFolder: string
  readonly manifest: PackManifest
  readonly weights: ModelWeights
  remove(): Promise<void>
}

/** Builds a pack of random weights in a temporary folder. */
export async function makeRandomPack(
  shape: ShapeName,
  change: Partial<TransformerDescription> = {},
): Promise<RandomPack> {
  const parent = await mkdtemp(join(tmpdir(), 'easel-bench-'))
  const tiny = tinyWeights({ hasClip: false })
  const description: TransformerDescription = {
    ...tiny.model.transformer,
    activation: 'gelu',
    qkNorm: false,
    imageVocabulary: 8192,
    attention: Array.from({ length: shapes[shape].layers }, () => 'dense' as const),
    ...shapes[shape],
    ...change,
  }
  const weights = {
    ...tiny,
    model: { ...tiny.model, transformer: description },
    transformer: repeated(description),
    dvae: tinyWeights({ hasClip: false, transformer: { imageVocabulary: description.imageVocabulary } }).dvae,
  }
  const folder = join(parent, 'pack')
  const manifest = await buildPack(weights, folder, {
    measureCache: () => Promise.resolve(evenRanges(description)),
  })
  const weightsFolder = join(parent, 'weights')
  await mkdir(weightsFolder)
  await writeFile(join(weightsFolder, 'model.json'), JSON.stringify(weights.model))
  const written = [...weights.transformer].filter(([name]) => layerOf(name) < distinctLayers)
  await writeFile(join(weightsFolder, 'transformer.safetensors'), safetensorsChunks(new Map(written)))
  return { folder, weightsFolder, manifest, weights, remove: () => rm(parent, { recursive: true }) }
}

/** What a cache holds does not change what a step costs, so any range will do. */
function evenRanges({ layers, heads, headDim }: TransformerDescription): CacheRanges {
  const channels = Array.from({ length: heads * headDim }, () => 4)
  return { schemaVersion: 1, layers: Array.from({ length: layers }, () => ({ keys: channels, values: channels })) }
}

/** Layers with weights of their own; those after them repeat the last, here and in torch_peer.py, which spares gigabytes while the pack is made. */
const distinctLayers = 4

function repeated(description: TransformerDescription): Map<string, Tensor> {
  const own = Math.min(description.layers, distinctLayers)
  const weights = randomTransformer({ ...description, layers: own }, { seed: 1, isNormBiased: true })
  const last = [...weights].filter(([name]) => layerOf(name) === own - 1)
  for (let layer = own; layer < description.layers; layer++) {
    for (const [name, tensor] of last) weights.set(name.replace(`layers.${own - 1}.`, `layers.${layer}.`), tensor)
  }
  return weights
}

/** −1 for what belongs to no layer. */
function layerOf(name: string): number {
  return Number(/^layers\.(\d+)\./.exec(name)?.[1] ?? -1)
}
