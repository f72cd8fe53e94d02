/**
 * Rounds vectors to 8 bits a dimension around their mean, with a step of its own for each dimension: CLIP embeddings
 * sit in a narrow cone and a few of their dimensions are far larger than the rest.
 */
export interface Quantizer {
  /** A multiple of 16, at least the dimensions of the vectors; the rest is zero. */
  readonly paddedDimensions: number
  /** @returns how far the rounded vector is from the true one, in steps (Euclidean). */
  encode(vector: Float32Array, row: Int8Array): number
  encodeQuery(query: Float32Array): EncodedQuery
}

export interface EncodedQuery {
  readonly values: Int16Array
  /** True dot product = `offset + scale × sum` of the integers, within `slack + perStep × distance` of the row. */
  readonly scale: number
  readonly offset: number
  readonly perStep: number
  readonly slack: number
}

const largestRow = 127
const longestRow = (dimensions: number) => largestRow * Math.sqrt(dimensions)

/** @param sample vectors that are like those to come; at least one. */
export function fitQuantizer(sample: readonly Float32Array[], dimensions: number): Quantizer {
  const paddedDimensions = Math.ceil(dimensions / 16) * 16
  const mean = new Float64Array(dimensions)
  for (const vector of sample) for (let i = 0; i < dimensions; i++) mean[i]! += (vector[i] ?? 0) / sample.length
  const step = new Float64Array(dimensions).fill(Number.MIN_VALUE)
  for (const vector of sample) {
    for (let i = 0; i < dimensions; i++) {
      step[i] = Math.max(step[i]!, Math.abs((vector[i] ?? 0) - mean[i]!) / largestRow, 1e-9)
    }
  }
  // Sums must fit 32 bits whatever the rows are.
  const largestQuery = Math.min(32_767, Math.floor((2 ** 31 - 1) / (largestRow * paddedDimensions)))
  return {
    paddedDimensions,
    encode: (vector, row) => {
      let squares = 0
      for (let i = 0; i < dimensions; i++) {
        const exact = ((vector[i] ?? 0) - mean[i]!) / step[i]!
        const rounded = Math.max(-largestRow, Math.min(largestRow, Math.round(exact)))
        row[i] = rounded
        squares += (exact - rounded) ** 2
      }
      return Math.sqrt(squares)
    },
    encodeQuery: (query) => {
      let offset = 0
      let largest = 0
      let stretchedSquares = 0
      for (let i = 0; i < dimensions; i++) {
        const stretched = (query[i] ?? 0) * step[i]!
        offset += (query[i] ?? 0) * mean[i]!
        largest = Math.max(largest, Math.abs(stretched))
        stretchedSquares += stretched ** 2
      }
      const scale = largest / largestQuery || 1
      const values = new Int16Array(paddedDimensions)
      let lostSquares = 0
      for (let i = 0; i < dimensions; i++) {
        const stretched = (query[i] ?? 0) * step[i]!
        values[i] = Math.round(stretched / scale)
        lostSquares += (stretched - values[i]! * scale) ** 2
      }
      const slack = Math.sqrt(lostSquares) * longestRow(dimensions) + 1e-6
      return { values, scale, offset, perStep: Math.sqrt(stretchedSquares), slack }
    },
  }
}
