import { expect, test } from 'vitest'

import { maxHeight, scrollToCell, scrollToTop, visibleCells, type GridView } from './visible-cells.ts'

const view: GridView = { width: 1000, height: 600, scrollTop: 0, size: 140, gap: 10, count: 100_000 }
const million = { ...view, count: 1_000_000 }
const rowHeight = view.size + view.gap

test('at the top, the rows in sight and two more', () => {
  expect(visibleCells(view, 2)).toEqual({
    columns: 6,
    totalHeight: 2_500_040,
    first: 0,
    end: 36,
    originRow: 0,
    origin: 0,
    top: 0,
  })
})

test('in the middle, rows before and after', () => {
  expect(visibleCells({ ...view, scrollTop: 150_075 }, 2)).toEqual({
    columns: 6,
    totalHeight: 2_500_040,
    first: 998 * 6,
    end: 1007 * 6,
    originRow: 0,
    origin: 0,
    top: 1000 * 6,
  })
})

test('an empty grid has no cells and no height', () => {
  expect(visibleCells({ ...view, count: 0 }, 2)).toMatchObject({ totalHeight: 0, first: 0, end: 0, top: 0 })
})

test('a million pictures are reachable to the last, though no page is that tall', () => {
  const end = visibleCells({ ...million, scrollTop: maxHeight - view.height }, 0)
  expect({ totalHeight: end.totalHeight, end: end.end }).toEqual({ totalHeight: maxHeight, end: 1_000_000 })
})

test('scrolled in proportion, cells stand where they are seen, and never far from their origin', () => {
  for (const share of [0.1, 0.5, 0.9137]) {
    const scrollTop = Math.round(share * (maxHeight - view.height))
    const { first, columns, originRow, origin, top } = visibleCells({ ...million, scrollTop }, 1)
    const topOfRow = (row: number) => origin + (row - originRow) * rowHeight - scrollTop
    const firstSeen = topOfRow(top / columns)
    expect(firstSeen).toBeLessThanOrEqual(0)
    expect(firstSeen).toBeGreaterThan(-rowHeight)
    expect(first / columns - originRow).toBeLessThan(256)
    expect(Math.abs(origin - scrollTop)).toBeLessThan(257 * rowHeight)
  }
})

test('scrolling to a cell moves only as far as needed', () => {
  expect([scrollToCell(view, 7), scrollToCell(view, 24), scrollToCell({ ...view, scrollTop: 1000 }, 0)]).toEqual([
    undefined,
    140,
    0,
  ])
})

test.each([0, 7, 250_000, 500_003, 999_999])('cell %i of a million comes into sight, and stays', (index) => {
  for (const scrollTop of [0, 9_000_000, maxHeight]) {
    const there = scrollToCell({ ...million, scrollTop }, index) ?? scrollTop
    const { first, end } = visibleCells({ ...million, scrollTop: there }, 0)
    expect(index).toBeGreaterThanOrEqual(first)
    expect(index).toBeLessThan(end)
  }
  const { top } = visibleCells({ ...million, scrollTop: Math.ceil(scrollToTop(million, index)) }, 0)
  expect(Math.abs(top - index)).toBeLessThan(7 * 4)
})
