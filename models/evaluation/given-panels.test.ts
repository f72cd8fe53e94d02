import { expect, test } from 'vitest'

import { asUpperHalf, keepUpperHalf } from './given-panels.ts'

test('the picture stands at half its size in the middle of the upper half', async () => {
  const { width, height, pixels } = await asUpperHalf({ width: 8, height: 8, pixels: new Uint8Array(8 * 8 * 3) })
  const dark = Array.from({ length: 64 }, (_, place) => pixels[3 * place] === 0)
  expect({ width, height, bytes: pixels.length }).toEqual({ width: 8, height: 8, bytes: 192 })
  expect(dark).toEqual(Array.from({ length: 64 }, (_, place) => place < 32 && place % 8 >= 2 && place % 8 < 6))
})

test('the upper half of the grid is kept, its palette is not', () => {
  const image = { rows: 5, columns: 2, vocabulary: 16, firstId: 0, paletteRows: 1 }
  expect([...keepUpperHalf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], image)]).toEqual([-1, -1, 3, 4, 5, 6, -1, -1, -1, -1])
})
