import { expect, test } from 'vitest'

import { exampleFound } from '#renderer/fake/examples.ts'
import type { ListedPicture } from '#renderer/state/list-places.svelte.ts'

import { TileSlots } from './tile-slots.svelte.ts'

const list = Array.from({ length: 100 }, (_, index) => exampleFound(index))
const at = (index: number): ListedPicture | undefined => list[index]
const shown = (slots: TileSlots) => slots.all.map(({ tile, isHidden }) => (isHidden ? null : (tile?.index ?? null)))

function slotsOf(count: number): TileSlots {
  const slots = new TileSlots()
  slots.resize(count)
  return slots
}

test('every place of a span gets a node, and scrolling moves only those that left it', () => {
  const slots = slotsOf(6)
  expect(slots.fill({ first: 0, end: 6, count: 100, middle: 3 }, Infinity, at)).toEqual({ given: 6, left: 0 })
  const before = slots.all.map(({ tile }) => tile)
  expect(slots.fill({ first: 2, end: 8, count: 100, middle: 5 }, Infinity, at)).toEqual({ given: 2, left: 0 })
  expect(shown(slots)).toEqual([6, 7, 2, 3, 4, 5])
  expect(slots.all.map(({ tile }, number) => tile === before[number])).toEqual([false, false, true, true, true, true])
})

test('within a budget the middle comes first, the rest keeps its old place until its turn', () => {
  const slots = slotsOf(6)
  slots.fill({ first: 0, end: 6, count: 100, middle: 3 }, Infinity, at)
  const span = { first: 12, end: 18, count: 100, middle: 15 }
  expect(slots.fill(span, 0, at)).toEqual({ given: 0, left: 6 })
  expect(slots.fill(span, 3, at)).toEqual({ given: 3, left: 3 })
  expect(shown(slots)).toEqual([0, 1, 14, 15, 16, 5])
  expect(slots.fill(span, 3, at)).toEqual({ given: 3, left: 0 })
  expect(shown(slots)).toEqual([12, 13, 14, 15, 16, 17])
})

test('another list is shown at once, whatever the budget; past its end, and where it is not read yet, there is nothing', () => {
  const slots = slotsOf(4)
  slots.fill({ first: 0, end: 4, count: 100, middle: 2 }, Infinity, at)
  const other = [exampleFound(50), exampleFound(51), undefined]
  expect(slots.fill({ first: 0, end: 3, count: 3, middle: 1 }, 0, (index) => other[index])).toEqual({
    given: 0,
    left: 0,
  })
  expect(shown(slots)).toEqual([0, 1, null, null])
  expect(slots.all.map(({ tile }) => tile?.picture.index)).toEqual([50, 51, 2, 3])
  expect(slots.fill({ first: 0, end: 4, count: 4, middle: 2 }, 1, at)).toEqual({ given: 1, left: 1 })
  expect(shown(slots)).toEqual([0, 1, 2, null])
})

test('with other columns no picture is at two places', () => {
  const slots = slotsOf(6)
  slots.fill({ first: 12, end: 18, count: 100, middle: 15 }, Infinity, at)
  slots.resize(4)
  expect(shown(slots)).toEqual([12, 13, 14, 15])
  slots.resize(7)
  expect(shown(slots)).toEqual([null, null, null, null, null, null, null])
  slots.fill({ first: 12, end: 18, count: 100, middle: 15 }, Infinity, at)
  expect(shown(slots)).toEqual([14, 15, 16, 17, null, 12, 13])
})
