import { expect, test } from 'vitest'

import { stepInGrid } from './arrow-keys.ts'

test('arrows move within a grid of ten in rows of four, and stop at its edges', () => {
  const from = (index: number) =>
    ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].map((key) => stepInGrid(key, index, 10, 4))
  expect({ first: from(0), middle: from(5), last: from(9) }).toEqual({
    first: [undefined, 1, undefined, 4, undefined, 9],
    middle: [4, 6, 1, 9, 0, 9],
    last: [8, undefined, 5, undefined, 0, undefined],
  })
})

test('other keys lead nowhere', () => {
  expect(stepInGrid('x', 3, 10, 4)).toBeUndefined()
})
