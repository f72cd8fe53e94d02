import { expect, test } from 'vitest'

import { binScores } from './bin-scores.ts'

test('every score is counted once, the highest in the last bin', () => {
  expect(binScores([0, 1, 1, 2, 4], 4)).toEqual([
    { from: 0, count: 1 },
    { from: 1, count: 2 },
    { from: 2, count: 1 },
    { from: 3, count: 1 },
  ])
})

test('equal scores share a bin, and no scores have no bins', () => {
  expect({ equal: binScores([3, 3], 2), none: binScores([], 4) }).toEqual({
    equal: [
      { from: 3, count: 2 },
      { from: 4, count: 0 },
    ],
    none: [],
  })
})
