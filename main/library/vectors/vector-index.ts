import { get, iterate, type ReadableDb } from '../database/database.ts'
import { toFloat32 } from '../records/blobs.ts'
import { createDotMatrix, type DotMatrix } from './dots.ts'
import { fitQuantizer, type Quantizer } from './quantizer.ts'

/** A picture and the cosine of the angle to what was asked for. */
export interface Neighbour {
  readonly pictureKey: number
  readonly similarity: number
}

/**
 * Exact nearest neighbours of one CLIP pack's embeddings. All rows are scanned at 8 bits; each rounded product has a
 * proven bound of error, and whatever could still be among the first is computed again from the stored 32-bit vector.
 */
export interface VectorIndex {
  readonly count: number
  /** Reads at most so many rows of what is stored and not read yet. @returns false when there may be more */
  read(rows: number): boolean
  /** Best first. @param accept false leaves a picture out (deleted, filtered). */
  search(query: Float32Array, limit: number, accept?: (pictureKey: number) => boolean): readonly Neighbour[]
  /** Everything at least that similar, best first. */
  searchAbove(
    query: Float32Array,
    minSimilarity: number,
    accept?: (pictureKey: number) => boolean,
  ): readonly Neighbour[]
}

const sampleSize = 4096

interface EmbeddingRow {
  readonly key: number
  readonly picture_key: number
  readonly vector: Uint8Array
}

/** Reads what is stored on the first search, and what has come since on each later one. */
export function openVectorIndex(db: ReadableDb, clipPackKey: number): VectorIndex {
  let lastKey = -1
  let quantizer: Quantizer | undefined
  let matrix: DotMatrix | undefined
  let dimensions = 0
  let pictureKeys = new Float64Array()
  let rowDistances = new Float32Array()

  function fit(): void {
    const sample: Float32Array[] = []
    const sql = `SELECT vector FROM embeddings WHERE clip_pack_key = ? ORDER BY key LIMIT ${sampleSize}`
    for (const row of iterate<EmbeddingRow>(db, sql, clipPackKey)) sample.push(toFloat32(row.vector))
    dimensions = sample[0]?.length ?? 0
    if (dimensions === 0) return
    const rows = get<{ n: number }>(db, 'SELECT count(*) AS n FROM embeddings WHERE clip_pack_key = ?', clipPackKey)!.n
    quantizer = fitQuantizer(sample, dimensions)
    matrix = createDotMatrix(quantizer.paddedDimensions, rows)
  }

  function makeRoom(rows: number): void {
    const [keys, distances] = [pictureKeys, rowDistances]
    pictureKeys = new Float64Array(Math.ceil(rows * 1.5) + 1024)
    rowDistances = new Float32Array(pictureKeys.length)
    pictureKeys.set(keys)
    rowDistances.set(distances)
  }

  function catchUp(atMost = Number.MAX_SAFE_INTEGER): boolean {
    if (quantizer === undefined) fit()
    if (quantizer === undefined || matrix === undefined) return true
    let left = atMost
    const row = new Int8Array(quantizer.paddedDimensions)
    const sql = 'SELECT key, picture_key, vector FROM embeddings WHERE clip_pack_key = ? AND key > ? ORDER BY key'
    for (const found of iterate<EmbeddingRow>(db, sql, clipPackKey, lastKey)) {
      lastKey = found.key
      const vector = toFloat32(found.vector)
      if (vector.length !== dimensions) continue
      const at = matrix.count
      if (at === pictureKeys.length) makeRoom(at)
      // Rounded up: a bound that 32 bits made too small would be none.
      rowDistances[at] = quantizer.encode(vector, row) * (1 + 2 ** -20)
      pictureKeys[at] = found.picture_key
      matrix.push(row)
      if (--left === 0) return false
    }
    return true
  }

  function exactly(query: Float32Array, pictureKey: number): number | undefined {
    const sql = 'SELECT vector FROM embeddings WHERE clip_pack_key = ? AND picture_key = ?'
    const found = get<{ vector: Uint8Array }>(db, sql, clipPackKey, pictureKey)
    return found && dot(query, toFloat32(found.vector))
  }

  return {
    get count() {
      catchUp()
      return matrix?.count ?? 0
    },
    read: (rows) => catchUp(rows),
    search: (query, limit, accept = () => true) => {
      catchUp()
      if (quantizer === undefined || matrix === undefined) return []
      const { values, scale, offset, perStep, slack } = quantizer.encodeQuery(query)
      const sums = matrix.dots(values)
      // Bounds of every similarity, from its rounded product: the loop that all pictures go through stays plain.
      const [distances, keys] = [rowDistances, pictureKeys]
      const lowest = createLargest(limit)
      let threshold = -Infinity
      for (let i = 0; i < sums.length; i++) {
        const atLeast = offset + scale * sums[i]! - perStep * distances[i]! - slack
        if (atLeast > threshold && accept(keys[i]!)) threshold = lowest.push(atLeast)
      }
      const candidates: { readonly pictureKey: number; readonly atMost: number }[] = []
      for (let i = 0; i < sums.length; i++) {
        const atMost = offset + scale * sums[i]! + perStep * distances[i]! + slack
        if (atMost >= threshold && accept(keys[i]!)) candidates.push({ pictureKey: keys[i]!, atMost })
      }
      // The most promising first: the exact values soon shut out most of the rest.
      candidates.sort((a, b) => b.atMost - a.atMost)
      const best = createLargest(limit)
      const found: Neighbour[] = []
      let least = -Infinity
      for (const { pictureKey, atMost } of candidates) {
        if (atMost < least) break
        const similarity = exactly(query, pictureKey)
        if (similarity === undefined) continue
        found.push({ pictureKey, similarity })
        if (similarity > least) least = best.push(similarity)
      }
      return found.sort(bestFirst).slice(0, limit)
    },
    searchAbove: (query, minSimilarity, accept = () => true) => {
      catchUp()
      if (quantizer === undefined || matrix === undefined) return []
      const { values, scale, offset, perStep, slack } = quantizer.encodeQuery(query)
      const sums = matrix.dots(values)
      const [distances, keys] = [rowDistances, pictureKeys]
      const found: Neighbour[] = []
      for (let i = 0; i < sums.length; i++) {
        const atMost = offset + scale * sums[i]! + perStep * distances[i]! + slack
        if (atMost < minSimilarity || !accept(keys[i]!)) continue
        const similarity = exactly(query, keys[i]!)
        if (similarity !== undefined && similarity >= minSimilarity) found.push({ pictureKey: keys[i]!, similarity })
      }
      return found.sort(bestFirst)
    },
  }
}

/** Among equals the newer picture comes first. */
function bestFirst(a: Neighbour, b: Neighbour): number {
  return b.similarity - a.similarity || b.pictureKey - a.pictureKey
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** The n largest numbers seen, as a binary heap with the smallest of them on top. */
function createLargest(limit: number) {
  const heap: number[] = []
  return {
    /** @returns what a number must exceed from now on to be among them. */
    push: (value: number): number => {
      let at = heap.length < limit ? heap.length : 0
      if (heap.length < limit) {
        for (; at > 0 && heap[(at - 1) >> 1]! > value; at = (at - 1) >> 1) heap[at] = heap[(at - 1) >> 1]!
      } else {
        for (;;) {
          const left = 2 * at + 1
          const least = left + 1 < heap.length && heap[left + 1]! < heap[left]! ? left + 1 : left
          if (least >= heap.length || heap[least]! >= value) break
          heap[at] = heap[least]!
          at = least
        }
      }
      heap[at] = value
      return heap.length < limit ? -Infinity : heap[0]!
    },
  }
}
