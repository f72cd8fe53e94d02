import type { AttentionKind } from '../domain/pack.ts'
import type { TokenGeometry } from './token-geometry.ts'

/** Side of the kernel of the paper's convolutional layer (App. B, Fig. 11). */
export const convolutionKernel = 11

/**
 * May `query` see `key`? Positions count from the first text token (paper App. B).
 * Text sees earlier text only; image cells see all text, and of the earlier cells (themselves included):
 * dense: all · row: the `columns` before them, so as far as the cell above · column: those of their column ·
 * convolution: an 11×11 window centred on them, its causal half, wrapping around in raster order; the rest: see `attentionKinds`.
 */
export function isVisible(kind: AttentionKind, geometry: TokenGeometry, query: number, key: number): boolean {
  if (key > query) return false
  if (query < geometry.textLength || key < geometry.textLength) return true
  const distance = query - key
  switch (kind) {
    case 'dense':
      return true
    case 'row':
      return distance <= geometry.columns
    case 'column':
      return distance % geometry.columns === 0
    case 'convolution':
      return isInConvolution(distance, geometry.columns)
    case 'convolution-wrapped':
    case 'convolution-clipped':
    case 'axial-row':
    case 'quadrant':
    case 'window':
      return isInPublishedWindow(kind, geometry, query - geometry.textLength, key - geometry.textLength)
  }
}

/** The windows of published models, which count rows and columns instead of raster distance. `key` is not after `query`. */
function isInPublishedWindow(
  kind: 'convolution-wrapped' | 'convolution-clipped' | 'axial-row' | 'quadrant' | 'window',
  { rows, columns }: TokenGeometry,
  query: number,
  key: number,
): boolean {
  const up = Math.floor(query / columns) - Math.floor(key / columns)
  const left = (query % columns) - (key % columns)
  const reach = (convolutionKernel - 1) / 2
  switch (kind) {
    case 'convolution-clipped':
      return up <= reach && Math.abs(left) <= reach
    case 'convolution-wrapped':
      return around(up, rows) <= reach && around(left, columns) <= reach
    case 'axial-row':
      return up === 0
    case 'quadrant':
      return up <= 4 && left >= 0 && left <= 4
    case 'window':
      return up <= 2 && Math.abs(left) <= 2
  }
}

/** Distance on a ring of `size` places. */
function around(difference: number, size: number): number {
  const distance = ((difference % size) + size) % size
  return Math.min(distance, size - distance)
}

/** In raster order a cell `dr` rows up and `dc` columns left is `dr × columns + dc` back; nothing is clipped at the edges. */
function isInConvolution(distance: number, columns: number): boolean {
  const reach = (convolutionKernel - 1) / 2
  const nearestRow = Math.round(distance / columns)
  // On a grid narrower than the kernel the windows of neighbouring rows overlap, so rows beside the nearest can hold it too.
  const slack = Math.ceil(reach / columns)
  for (let rows = Math.max(0, nearestRow - slack); rows <= Math.min(reach, nearestRow + slack); rows++) {
    if (Math.abs(distance - rows * columns) <= reach) return true
  }
  return false
}

/** Added to the attention scores of a key that must not be seen. Finite, so that a fully masked block never makes NaN. */
export const maskedScore = -1e9

/**
 * One row of `attention_bias`: 0 where visible, `maskedScore` elsewhere.
 * @param bias receives `total` numbers from `offset`
 */
export function fillAttentionBias(
  kind: AttentionKind,
  geometry: TokenGeometry,
  query: number,
  total: number,
  bias: Float32Array,
  offset = 0,
): void {
  for (let key = 0; key < total; key++) {
    bias[offset + key] = isVisible(kind, geometry, query, key) ? 0 : maskedScore
  }
}

/** The paper's order of layers (App. B), counted from 1: column where (i − 2) mod 4 = 0, convolution last, row elsewhere. */
export function paperAttention(layers: number): AttentionKind[] {
  return Array.from({ length: layers }, (_, index) => {
    if (index === layers - 1) return 'convolution'
    return (index + 1 - 2) % 4 === 0 ? 'column' : 'row'
  })
}
