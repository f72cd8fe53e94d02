import { expect, test } from 'vitest'

import { dayBefore, endOfDay } from './days.ts'

test('a day and its end are each other’s opposite, over months, years and daylight saving', () => {
  const days = ['2026-11-22', '2026-12-31', '2028-02-29', '2026-03-29', '2026-10-25']
  expect(days.map((day) => dayBefore(endOfDay(day)))).toEqual(days)
})

test('no day has no end', () => {
  expect([endOfDay(''), dayBefore(undefined)]).toEqual([undefined, ''])
})
