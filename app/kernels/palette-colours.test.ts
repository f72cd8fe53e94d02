import { expect, test } from 'vitest'

import { paletteColours } from './palette-colours.ts'

test('three tokens are a colour, whatever position their ids belong to', () => {
  expect(paletteColours([15, 16, 39, 48, 79, 80, 3], 16)).toEqual([
    [255, 0, 119],
    [0, 255, 0],
  ])
  expect(paletteColours([1, 1], 2)).toEqual([])
})
