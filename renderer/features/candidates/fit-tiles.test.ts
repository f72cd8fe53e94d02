import { expect, test } from 'vitest'

import { fitTiles } from './fit-tiles.ts'

test('sixteen candidates fill a stage as wide as high in four columns', () => {
  expect(fitTiles(640, 680, 16, 10, 22)).toEqual({ size: 136, columns: 4 })
})

test('a wide stage takes more columns before smaller pictures', () => {
  expect(fitTiles(1500, 700, 16, 12, 26)).toEqual({ size: 192, columns: 6 })
})

test('one candidate gets the largest tile that fits', () => {
  expect(fitTiles(640, 680, 1, 12, 26)).toEqual({ size: 576, columns: 1 })
})

test('when nothing fits, the smallest tiles fill the width and the run scrolls', () => {
  expect(fitTiles(640, 300, 128, 12, 26)).toEqual({ size: 96, columns: 6 })
})
