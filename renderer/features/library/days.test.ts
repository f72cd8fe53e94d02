import { expect, test } from 'vitest'

import { dayBefore, dayOf, endOfDay, startOfDay } from './days.ts'

test('a day ends where the next one begins, also where the clock changes', () => {
  for (const day of ['2026-11-22', '2026-12-31', '2024-02-29', '2026-03-29', '2026-10-25']) {
    expect(dayBefore(endOfDay(day))).toBe(day)
    expect(dayOf(startOfDay(day))).toBe(day)
    expect(startOfDay(dayOf(endOfDay(day)))).toBe(endOfDay(day))
  }
})

test('no day is no moment', () => {
  expect([startOfDay(''), endOfDay(''), dayBefore(undefined), dayOf(undefined)]).toEqual([undefined, undefined, '', ''])
})
