import { describe, expect, it } from 'vitest'

import { fillAttentionBias, isVisible, maskedScore, paperAttention } from './attention-masks.ts'

const geometry = { textLength: 3, rows: 14, columns: 14 }
const cell = (row: number, column: number): number => 3 + row * 14 + column

/** Visible image cells of a query, by trying every cell. */
function visibleCells(kind: 'row' | 'column' | 'convolution', query: number): number[] {
  const keys: number[] = []
  for (let key = 3; key <= 3 + 14 * 14; key++) if (isVisible(kind, geometry, query, key)) keys.push(key - 3)
  return keys
}

describe('isVisible', () => {
  it('lets text see earlier text and images see all text, in every kind', () => {
    for (const kind of ['dense', 'row', 'column', 'convolution'] as const) {
      expect([0, 1, 2, 3].map((key) => isVisible(kind, geometry, 1, key))).toEqual([true, true, false, false])
      expect([0, 1, 2].map((key) => isVisible(kind, geometry, cell(13, 13), key))).toEqual([true, true, true])
    }
  })

  it('row: the previous `columns` cells and itself', () => {
    expect(visibleCells('row', cell(2, 5))).toEqual(Array.from({ length: 15 }, (_, i) => 2 * 14 + 5 - 14 + i))
  })

  it('column: its column', () => {
    expect(visibleCells('column', cell(3, 5))).toEqual([5, 19, 33, 47])
  })

  it('convolution: 5 rows up, 5 columns to each side, 5 to the left on its own row', () => {
    const expected: number[] = []
    for (let row = 7; row < 12; row++) for (let column = 2; column <= 12; column++) expected.push(row * 14 + column)
    for (let column = 2; column <= 7; column++) expected.push(12 * 14 + column)
    expect(visibleCells('convolution', cell(12, 7))).toEqual(expected)
  })

  it('convolution wraps around in raster order at the edge, on narrow grids too', () => {
    for (const columns of [3, 4, 12, 14, 32]) {
      const grid = { textLength: 3, rows: 20, columns }
      for (let distance = 0; distance < columns * 12; distance++) {
        let isExpected = false
        for (let dr = 0; dr <= 5; dr++) {
          for (let dc = -5; dc <= 5; dc++) if (dr * columns + dc === distance) isExpected = true
        }
        expect(isVisible('convolution', grid, 3 + columns * 14, 3 + columns * 14 - distance)).toBe(isExpected)
      }
    }
  })
})

describe('fillAttentionBias', () => {
  it('writes zeros and masks', () => {
    const bias = new Float32Array(9)
    const small = { textLength: 2, rows: 3, columns: 2 }
    fillAttentionBias('column', small, 6, 7, bias, 1)
    const m = Math.fround(maskedScore)
    expect(Array.from(bias)).toEqual([0, 0, 0, 0, m, 0, m, 0, 0])
  })
})

describe('paperAttention', () => {
  it('gives 47 row, 16 column and 1 convolutional layer at 64', () => {
    const layers = paperAttention(64)
    const count = (kind: string): number => layers.filter((layer) => layer === kind).length
    expect([count('row'), count('column'), count('convolution')]).toEqual([47, 16, 1])
    expect(layers.slice(0, 7)).toEqual(['row', 'column', 'row', 'row', 'row', 'column', 'row'])
  })
})

describe('the layouts of published models', () => {
  const grid = { textLength: 2, rows: 14, columns: 14 }
  const at = (row: number, column: number): number => 2 + row * 14 + column
  const seen = (kind: Parameters<typeof isVisible>[0], query: number): number[] => {
    const keys: number[] = []
    for (let key = 2; key < 2 + 14 * 14; key++) if (isVisible(kind, grid, query, key)) keys.push(key)
    return keys
  }
  const cells = (rows: readonly number[], columns: readonly number[], last: number): number[] =>
    rows.flatMap((row) => columns.map((column) => at(row, column))).filter((key) => key <= last)

  it('convolution-clipped ends at the edge, convolution-wrapped goes round it in both directions', () => {
    expect(seen('convolution-clipped', at(2, 1))).toEqual(cells([0, 1, 2], [0, 1, 2, 3, 4, 5, 6], at(2, 1)))
    expect(seen('convolution-wrapped', at(2, 1))).toEqual(
      cells([0, 1, 2], [0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13], at(2, 1)),
    )
    expect(seen('convolution-wrapped', at(13, 7))).toEqual(
      cells([0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], at(13, 7)),
    )
  })

  it('axial-row sees its own row, quadrant 5×5 up and left, window the earlier half of 5×5', () => {
    expect(seen('axial-row', at(3, 2))).toEqual(cells([3], [0, 1, 2], at(3, 2)))
    expect(seen('quadrant', at(6, 5))).toEqual(cells([2, 3, 4, 5, 6], [1, 2, 3, 4, 5], at(6, 5)))
    expect(seen('window', at(6, 5))).toEqual(cells([4, 5, 6], [3, 4, 5, 6, 7], at(6, 5)))
  })
})
