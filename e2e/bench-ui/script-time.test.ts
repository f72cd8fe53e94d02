import { expect, test } from 'vitest'

import { isOwn, quantile, scriptTimes, type TraceEvent } from './script-time.ts'

const event = (name: string, ts: number, dur = 0, more: Partial<TraceEvent> = {}): TraceEvent => ({
  ...{ name, ph: dur > 0 ? 'X' : 'I', pid: 1, tid: 1, ts, dur },
  ...more,
})
const frame = (ts: number, more: Partial<TraceEvent> = {}): TraceEvent =>
  event('AnimationFrame', ts, 0, { ph: 'b', ...more })

test('script is counted once, in the frame it begins in, and only that of the page', () => {
  const events = [
    frame(1000),
    event('EventDispatch', 1100, 3000, { tdur: 1500 }),
    event('FunctionCall', 1200, 2000),
    event('RunMicrotasks', 4000, 1100),
    event('Layout', 6000, 9000),
    frame(17_000),
    frame(33_000),
    event('TimerFire', 33_500, 2500),
    event('FunctionCall', 33_600, 99_000, { tid: 2 }),
    frame(50_000),
    event('TimerFire', 51_000, 7000),
    frame(10, { pid: 9 }),
  ]
  const { framesMs, framesCpuMs } = scriptTimes(events)
  expect([framesMs, framesCpuMs]).toEqual([
    [4, 0, 2.5],
    [2.5, 0, 2.5],
  ])
})

test('a long task says what it was spent on, and whether the page or the drawing of pixels made it long', () => {
  const events = [
    frame(0),
    event('RunTask', 0, 60_000, { tdur: 10_000 }),
    event('FunctionCall', 1000, 4000),
    event('UpdateLayoutTree', 2000, 1000),
    event('Layout', 6000, 3000),
    event('Commit', 10_000, 45_000),
    event('RunTask', 70_000, 61_000, { tdur: 60_500 }),
    event('FunctionCall', 71_000, 52_000),
    event('Paint', 125_000, 1000),
    event('RunTask', 200_000, 49_000, { tdur: 49_000 }),
  ]
  const { longTasks } = scriptTimes(events)
  expect(longTasks).toEqual([
    { ms: 60, cpuMs: 10, spent: { script: 4, layout: 3, paint: 0, commit: 45, other: 8 } },
    { ms: 61, cpuMs: 60.5, spent: { script: 52, layout: 0, paint: 1, commit: 0, other: 8 } },
  ])
  expect(longTasks.map(isOwn)).toEqual([false, true])
})

test('quantiles are values that were measured', () => {
  const values = [5, 1, 4, 2, 3]
  expect([quantile(values, 0.5), quantile(values, 0.95), quantile(values, 0.01), quantile([], 0.5)]).toEqual([
    3,
    5,
    1,
    NaN,
  ])
})
