import { expect, test } from 'vitest'

import { layOutSheet } from './contact-sheet.ts'

test('a sheet is about four to three, and shows small pictures twice as large', () => {
  expect(layOutSheet(12, 192)).toEqual({ columns: 4, rows: 3, cellPx: 384, widthPx: 1664, heightPx: 1426 })
})

test.each([1, 2, 16, 100, 512])('%i pictures fit, and no side is beyond what programs open', (pictures) => {
  const { columns, rows, widthPx, heightPx, cellPx } = layOutSheet(pictures, 256)
  expect(columns * rows).toBeGreaterThanOrEqual(pictures)
  expect((columns - 1) * rows).toBeLessThan(pictures + rows)
  expect(Math.max(widthPx, heightPx)).toBeLessThan(4400)
  expect(cellPx).toBeGreaterThanOrEqual(64)
})
