import { expect, test } from 'vitest'

import { markTimeline } from './mark-timeline.ts'

/** Days with so many pictures each, in the order of the list. */
function places(...days: readonly (readonly [string, number])[]) {
  let first = 0
  return days.map(([day, pictures]) => {
    const place = { day, first, pictures }
    first += pictures
    return place
  })
}

test('years come first, then the months there is room for', () => {
  const days = places(['2026-11-22', 400], ['2026-10-01', 100], ['2026-09-30', 1], ['2025-12-31', 499])
  expect(markTimeline(days, 1000, 500, 'en')).toEqual([
    { text: '2026', y: 8, isYear: true, first: 0 },
    { text: 'Oct', y: 200, isYear: false, first: 400 },
    { text: '2025', y: 250.5, isYear: true, first: 501 },
    // September begins half a pixel above 2025.
  ])
})

test('within a month, its days', () => {
  const days = places(['2026-11-22', 50], ['2026-11-21', 50])
  expect(markTimeline(days, 100, 400, 'en').map(({ text, y }) => [text, y])).toEqual([
    ['Nov 22', 8],
    ['Nov 21', 200],
  ])
})

test('one day needs no marks, and a low window has no room for them', () => {
  expect(markTimeline(places(['2026-11-22', 50]), 50, 400, 'en')).toEqual([])
  expect(markTimeline(places(['2026-11-22', 50], ['2026-11-21', 50]), 100, 30, 'en')).toEqual([])
})
