import * as ort from 'onnxruntime-node'

import { compactLayout, type CompactLayout, type SlotMove } from '#app/kernels/compact-cache.ts'
import type { TokenGeometry } from '#app/kernels/token-geometry.ts'
import type { AttentionKind, PackManifest, Precision } from '#app/domain/pack.ts'

/**
 * `full`: every position in its place in every layer; sparse layers read all and mask what they must not see.
 * `compact`: sparse layers keep what later cells need where a step can read it and nothing else (app/kernels/compact-cache.ts).
 */
export type CacheLayout = 'full' | 'compact'

/** Keys and values of every layer for a batch of rows: one array per layer and part, `[rows, heads, slots, headDim]`. */
export interface KeyValueCache {
  readonly rows: number
  readonly layout: CacheLayout
  /** Text positions as the sparse layouts count them; the positions after them are cells. */
  readonly textLength: number
  readonly entries: readonly CacheEntry[]
}

interface CacheEntry {
  /** `<layer>.key` or `<layer>.value`. */
  readonly name: string
  readonly kind: AttentionKind
  /** Int8 in the precision `int8-cache`. */
  readonly values: Float32Array | Int8Array
  readonly tensor: ort.Tensor
  /** Where cells are kept; null = every position in its place. */
  readonly compact: CompactLayout | null
}

/** Positions a cache has room for: all text and all cells. */
export function cachePositions({ text, image }: PackManifest): number {
  return text.length + image.rows * image.columns
}

/** The grid and the text as the sparse layouts of a pack count them. */
export function attentionGeometry({ text, image, transformer }: PackManifest): TokenGeometry {
  return {
    textLength: transformer.attentionTextLength ?? text.length,
    rows: image.rows,
    columns: image.columns,
  }
}

function layoutsOf(manifest: PackManifest, layout: CacheLayout): Map<AttentionKind, CompactLayout | null> {
  const geometry = attentionGeometry(manifest)
  const kinds = new Set(manifest.transformer.attention)
  return new Map([...kinds].map((kind) => [kind, layout === 'full' ? null : compactLayout(kind, geometry)]))
}

function arrayOf(precision: Precision): typeof Int8Array | typeof Float32Array {
  return precision === 'int8-cache' ? Int8Array : Float32Array
}

/** Bytes of the cache of one row. */
export function cacheBytesPerRow(
  manifest: PackManifest,
  precision: Precision,
  layout: CacheLayout = 'compact',
): number {
  const { attention, heads, headDim } = manifest.transformer
  const layouts = layoutsOf(manifest, layout)
  const slots = attention.reduce((sum, kind) => sum + (layouts.get(kind)?.slots ?? cachePositions(manifest)), 0)
  return 2 * slots * heads * headDim * arrayOf(precision).BYTES_PER_ELEMENT
}

export function createCache(
  manifest: PackManifest,
  precision: Precision,
  rows: number,
  layout: CacheLayout,
): KeyValueCache {
  const { attention, heads, headDim } = manifest.transformer
  const layouts = layoutsOf(manifest, layout)
  const entries = attention.flatMap((kind, layer) =>
    ['key', 'value'].map((part) => {
      const compact = layouts.get(kind) ?? null
      const dims = [rows, heads, compact?.slots ?? cachePositions(manifest), headDim]
      const values = new (arrayOf(precision))(dims.reduce((product, dim) => product * dim, 1))
      const tensor =
        values instanceof Int8Array ? new ort.Tensor('int8', values, dims) : new ort.Tensor('float32', values, dims)
      return { name: `${layer}.${part}`, kind, values, tensor, compact }
    }),
  )
  return { rows, layout, textLength: attentionGeometry(manifest).textLength, entries }
}

/** Bytes of a whole cache. */
export function cacheBytes({ entries }: KeyValueCache): number {
  return entries.reduce((sum, { values }) => sum + values.byteLength, 0)
}

/** Moves slots in every row and head of one layer's keys or values. */
export function moveSlots({ values, tensor }: CacheEntry, moves: readonly SlotMove[]): void {
  const [, , slots = 0, headDim = 0] = tensor.dims
  for (const { from, to, length } of moves) {
    const size = length * headDim
    for (let head = 0; head < values.length; head += slots * headDim) {
      const source = head + from * headDim
      values.copyWithin(head + to * headDim, source, source + size)
    }
  }
}

/**
 * Copies the first `length` positions of the only row of `source`, a full cache, into rows `first … last` of `target`:
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
    const entry = target.entries[index]
    if (entry === undefined) return
    const [, heads = 0, positions = 0, headDim = 0] = tensor.dims
    const [, , slots = 0] = entry.tensor.dims
    const { compact, values: to } = entry
    const inPlace = compact === null ? length : Math.min(length, source.textLength)
    for (let row = first; row <= last; row++) {
      for (let head = 0; head < heads; head++) {
        const begin = head * positions * headDim
        const target = (row * heads + head) * slots * headDim
        to.set(from.subarray(begin, begin + inPlace * headDim), target)
        for (let position = inPlace; position < length; position++) {
          const home = target + (compact?.homeOf(position - source.textLength) ?? 0) * headDim
          to.set(from.subarray(begin + position * headDim, begin + (position + 1) * headDim), home)
        }
      }
    }
  })
}

/** Copies one row of `source` into rows `first … last` of `target`, a cache of the same layout. */
export function copyRow(source: KeyValueCache, row: number, target: KeyValueCache, first: number, last: number): void {
  source.entries.forEach(({ values }, index) => {
    const size = values.length / source.rows
    const copied = values.subarray(row * size, (row + 1) * size)
    for (let to = first; to <= last; to++) target.entries[index]?.values.set(copied, to * size)
  })
}
