import { z } from 'zod'

/** How far one layer's keys or values went, channel by channel: `heads × headDim` absolute values. */
const largest = z.array(z.number().min(0).max(1e9)).max(2 ** 20)
const layerRangesSchema = z.strictObject({ keys: largest, values: largest })
export type LayerRanges = Readonly<z.infer<typeof layerRangesSchema>>

/** `cache-ranges.json` of a pack: the largest keys and values that some drawn pictures had, which is what the scales of a cache in int8 are made of. */
export const cacheRangesSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** One for each pair of caches, in the order of `transformer.attention`. */
  layers: z.array(layerRangesSchema).min(1).max(256),
})
export type CacheRanges = Readonly<z.infer<typeof cacheRangesSchema>>

/** The larger of both in every channel. */
export function widestRanges(a: readonly LayerRanges[], b: readonly LayerRanges[]): LayerRanges[] {
  return a.map((layer, index) => ({
    keys: larger(layer.keys, b[index]?.keys),
    values: larger(layer.values, b[index]?.values),
  }))
}

function larger(a: readonly number[], b: readonly number[] = []): number[] {
  return a.map((value, channel) => Math.max(value, b[channel] ?? 0))
}
