import * as ort from 'onnxruntime-node'

import type { PackManifest } from '#app/domain/pack.ts'

/** Keys and values of every layer for a batch of rows: one array per layer and part, `[rows, heads, positions, headDim]`. */
export interface KeyValueCache {
  readonly rows: number
  readonly entries: readonly CacheEntry[]
}

interface CacheEntry {
  /** `<layer>.key` or `<layer>.value`. */
  readonly name: string
  readonly values: Float32Array
  readonly tensor: ort.Tensor
}

/** Positions a cache has room for: all text and all cells. */
export function cachePositions({ text, image }: PackManifest): number {
  return text.length + image.rows * image.columns
}

/** Bytes of the cache of one row. */
export function cacheBytesPerRow(manifest: PackManifest): number {
  const { layers, heads, headDim } = manifest.transformer
  return 2 * layers * heads * headDim * cachePositions(manifest) * Float32Array.BYTES_PER_ELEMENT
}

export function createCache(manifest: PackManifest, rows: number): KeyValueCache {
  const { layers, heads, headDim } = manifest.transformer
  const dims = [rows, heads, cachePositions(manifest), headDim]
  const size = dims.reduce((product, dim) => product * dim, 1)
  const entries = Array.from({ length: layers }, (_, layer) => ['key', 'value'].map((part) => `${layer}.${part}`))
    .flat()
    .map((name) => {
      const values = new Float32Array(size)
      return { name, values, tensor: new ort.Tensor('float32', values, dims) }
    })
  return { rows, entries }
}

/**
 * Copies the first `length` positions of the only row of `source` into rows `first … last` of `target`:
 * one prefill serves all candidates.
 */
export function broadcastCache(
  source: KeyValueCache,
  target: KeyValueCache,
  first: number,
  last: number,
  length: number,
): void {
  source.entries.forEach(({ values: from, tensor }, index) => {
    const to = target.entries[index]?.values
    const [, heads = 0, positions = 0, headDim = 0] = tensor.dims
    for (let row = first; row <= last; row++) {
      for (let head = 0; head < heads; head++) {
        const begin = head * positions * headDim
        to?.set(from.subarray(begin, begin + length * headDim), row * heads * positions * headDim + begin)
      }
    }
  })
}
