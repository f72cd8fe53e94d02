import { expect, test } from 'vitest'

import { ScrollPace } from './scroll-pace.ts'

const height = 1500

test('a list that flies by is too fast for its pictures, until it rests', () => {
  const pace = new ScrollPace()
  const told = [pace.isTooFast(0, height)]
  for (const [top, nowMs] of [
    [100, 1000],
    [200, 1016],
    [400, 1032],
    [400, 1040],
    [200, 1048],
  ] as const) {
    pace.move(top, nowMs)
    told.push(pace.isTooFast(nowMs, height))
  }
  told.push(pace.isTooFast(1148, height), pace.isTooFast(1149, height))
  expect(told).toEqual([false, false, false, true, true, true, true, false])
})

test('a jump is no fling, and the scrolling that it causes neither', () => {
  const pace = new ScrollPace()
  pace.move(100, 1000)
  pace.move(9000, 1010)
  expect(pace.isTooFast(1010, height)).toBe(true)
  pace.jump(500_000)
  pace.move(500_000, 1020)
  expect(pace.isTooFast(1020, height)).toBe(false)
  pace.move(500_050, 1036)
  expect(pace.isTooFast(1036, height)).toBe(false)
})
