import { expect, test } from 'vitest'

import { createScriptedTransport } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { Timeline, type DateOrder } from './timeline.svelte.ts'

function create() {
  const transport = createScriptedTransport({
    getTimeline: async () => [
      { day: '2026-11-20', pictures: 5 },
      { day: '2026-11-18', pictures: 2 },
      { day: '2025-01-01', pictures: 9 },
    ],
  })
  return new Timeline(new Connection(transport))
}

async function read(order: DateOrder): Promise<Timeline> {
  const timeline = create()
  expect(await timeline.read({}, order)).toBe(16)
  return timeline
}

test('days are places in a list that goes by date', async () => {
  const timeline = await read('newest')
  expect(timeline.days.map(({ day, first }) => [day, first])).toEqual([
    ['2026-11-20', 0],
    ['2026-11-18', 5],
    ['2025-01-01', 7],
  ])
  const asked = ['2027-01-01', '2026-11-20', '2026-11-19', '2026-11-18', '2026-01-01', '2024-01-01']
  expect(asked.map((day) => timeline.placeOf(day))).toEqual([0, 0, 5, 5, 7, 7])
  expect([0, 4, 5, 6, 7, 15].map((place) => timeline.dayAt(place)?.day.slice(5))).toEqual([
    '11-20',
    '11-20',
    '11-18',
    '11-18',
    '01-01',
    '01-01',
  ])
})

test('the oldest first is the same the other way round', async () => {
  const timeline = await read('oldest')
  expect(timeline.days.map(({ day, first }) => [day, first])).toEqual([
    ['2025-01-01', 0],
    ['2026-11-18', 9],
    ['2026-11-20', 11],
  ])
  const asked = ['2024-01-01', '2025-06-01', '2026-11-19', '2027-01-01']
  expect(asked.map((day) => timeline.placeOf(day))).toEqual([0, 9, 11, 11])
})

test('an answer that comes after another question was asked, or after clearing, changes nothing', async () => {
  const timeline = create()
  const first = timeline.read({}, 'newest')
  const second = timeline.read({}, 'oldest')
  expect([await first, await second]).toEqual([undefined, 16])
  expect(timeline.days.at(0)?.day).toBe('2025-01-01')
  const third = timeline.read({}, 'newest')
  timeline.clear()
  expect(await third).toBeUndefined()
  expect(timeline.days).toEqual([])
})
