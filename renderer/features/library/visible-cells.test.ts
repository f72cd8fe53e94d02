import { expect, test } from 'vitest'

import { maxHeight, scrollToCell, visibleCells, type GridView } from './visible-cells.ts'

const view: GridView = { width: 1000, height: 600, scrollTop: 0, size: 140, gap: 10, count: 100_000 }

test('at the top, the rows in sight and two more', () => {
  expect(visibleCells(view, 2)).toEqual({ columns: 6, totalHeight: 2_500_040, offset: 0, first: 0, end: 36 })
})

test('in the middle, rows before and after', () => {
  expect(visibleCells({ ...view, scrollTop: 150_075 }, 2)).toEqual({
    columns: 6,
    totalHeight: 2_500_040,
    offset: 149_700,
    first: 998 * 6,
    end: 1007 * 6,
  })
})

test('an empty grid has no cells and no height', () => {
  expect(visibleCells({ ...view, count: 0 }, 2)).toEqual({ columns: 6, totalHeight: 0, offset: 0, first: 0, end: 0 })
})

test('a million pictures are reachable to the last, though no page is that tall', () => {
  const million = { ...view, count: 1_000_000 }
  const end = visibleCells({ ...million, scrollTop: maxHeight - view.height }, 0)
  expect({ totalHeight: end.totalHeight, end: end.end }).toEqual({ totalHeight: maxHeight, end: 1_000_000 })
})

test('scrolling to a cell moves only as far as needed', () => {
  expect([scrollToCell(view, 7), scrollToCell(view, 24), scrollToCell({ ...view, scrollTop: 1000 }, 0)]).toEqual([
    undefined,
    140,
    0,
  ])
})
