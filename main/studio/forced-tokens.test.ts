import { expect, it } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import type { ImagePrompt } from '#app/domain/generation.ts'
import type { PictureId } from '#app/domain/ids.ts'

import { forcedTokensOf } from './forced-tokens.ts'
import { fakePack } from './testing/fake-packs.ts'

/** One row of two colours above two rows of two places. */
const { summary: pack } = fakePack('painted', { paletteRows: 1 })
const source = { rows: 3, columns: 2, pack, tokens: [1, 2, 31, 32, 41, 42] }

const forced = (prompt: Omit<ImagePrompt, 'pictureId'>, of = pack) => [
  ...forcedTokensOf({ pictureId: 'p' as PictureId, ...prompt }, source, of),
]

it('rows are rows of the picture, and the palette stays unless it is freed', () => {
  expect([
    forced({ keep: { kind: 'rows', rows: 1 } }),
    forced({ keep: { kind: 'rows', rows: 1 }, isPaletteKept: false }),
    forced({ keep: { kind: 'rows', rows: 0 } }),
    forced({ keep: { kind: 'rows', rows: 2 }, isPaletteKept: false }),
  ]).toEqual([
    [1, 2, 31, 32, -1, -1],
    [-1, -1, 31, 32, -1, -1],
    [1, 2, -1, -1, -1, -1],
    [-1, -1, 31, 32, 41, 42],
  ])
})

it('a mask has one flag for each place', () => {
  const keep = { kind: 'mask' as const, cells: [true, false, false, true] }
  expect([forced({ keep }), forced({ keep, isPaletteKept: false })]).toEqual([
    [1, 2, 31, -1, -1, 42],
    [-1, -1, 31, -1, -1, 42],
  ])
  const tokens = { kind: 'mask' as const, cells: [true, true, true, false, false, true] }
  expect(() => forced({ keep: tokens })).toThrow("The mask has 6 cells; the pack's grid has 2 × 2 = 4.")
})

it('something must be left to draw', () => {
  expect(() => forced({ keep: { kind: 'rows', rows: 2 } })).toThrow(
    new StudioError('invalidRequest', '2 rows cannot be kept of a grid of 2; allowed is a whole number from 0 to 1.'),
  )
  expect(() => forced({ keep: { kind: 'rows', rows: 3 }, isPaletteKept: false })).toThrow('from 0 to 2.')
  expect(() => forced({ keep: { kind: 'mask', cells: [true, true, true, true] } })).toThrow(
    'keeps the whole picture: leave at least one cell to draw.',
  )
})

it('a pack without a palette has nothing to free', () => {
  const plain = fakePack('painted').summary
  expect(() => forced({ keep: { kind: 'rows', rows: 3 }, isPaletteKept: false }, plain)).toThrow('from 0 to 2.')
  expect(forced({ keep: { kind: 'rows', rows: 1 }, isPaletteKept: false }, plain)).toEqual([1, 2, -1, -1, -1, -1])
})
