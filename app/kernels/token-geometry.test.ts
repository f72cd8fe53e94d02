import { describe, expect, it } from 'vitest'

import { captionLimit, cellAt, checkForcedTokens, placesOf, textIds, type TextRules } from './token-geometry.ts'

const rules: TextRules = { length: 6, vocabulary: 100, bos: 1, eos: null, pad: 'per-position' }
const geometry = { textLength: 6, rows: 2, columns: 3 }

describe('textIds', () => {
  it('puts bos first and gives every position its own pad', () => {
    expect(Array.from(textIds([7, 8], rules))).toEqual([1, 7, 8, 103, 104, 105])
    expect(Array.from(textIds([], rules))).toEqual([1, 101, 102, 103, 104, 105])
  })
  it('keeps eos when it cuts a long caption', () => {
    const withEos = { ...rules, eos: 2, pad: 0 }
    expect(captionLimit(withEos)).toBe(4)
    expect(Array.from(textIds([10, 11, 12, 13, 14], withEos))).toEqual([1, 10, 11, 12, 13, 2])
    expect(Array.from(textIds([10], withEos))).toEqual([1, 10, 2, 0, 0, 0])
  })
})

describe('cellAt', () => {
  it('counts cells in raster order after the text', () => {
    expect([5, 6, 8, 9, 11].map((position) => cellAt(geometry, position))).toEqual([
      null,
      { row: 0, column: 0 },
      { row: 0, column: 2 },
      { row: 1, column: 0 },
      { row: 1, column: 2 },
    ])
  })
})

describe('placesOf', () => {
  it('leaves the palette out, where there is one', () => {
    expect([
      placesOf({ rows: 13, columns: 12, paletteRows: 1 }),
      placesOf({ rows: 4, columns: 3, paletteRows: 0 }),
    ]).toEqual([
      { rows: 12, columns: 12, first: 12 },
      { rows: 4, columns: 3, first: 0 },
    ])
  })
})

describe('checkForcedTokens', () => {
  it('accepts codes and −1, and names what is wrong', () => {
    expect(() => checkForcedTokens(Int32Array.from([-1, 0, 9, -1, -1, 3]), geometry, 10)).not.toThrow()
    expect(() => checkForcedTokens(new Int32Array(5), geometry, 10)).toThrow('must have 6 entries (2 × 3 cells), got 5')
    expect(() => checkForcedTokens(Int32Array.from([0, 10, 0, 0, 0, 0]), geometry, 10)).toThrow('token 10 at cell 1')
  })
})
