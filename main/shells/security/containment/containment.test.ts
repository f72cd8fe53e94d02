import { expect, test } from 'vitest'

import { tryContainment } from './containment.ts'

test('however the engine ends, nothing is lost and the studio draws on', async () => {
  const { results, problems } = await tryContainment(['segmentation fault', 'endless load'])
  expect(problems).toEqual([])
  expect(results.map(({ fault }) => fault)).toEqual(['segmentation fault', 'endless load', 'two in a row'])
  expect(results.every(({ toldMs, recoveryMs }) => Number.isFinite(toldMs) && Number.isFinite(recoveryMs))).toBe(true)
  // Some ten engine processes are started, which a busy machine takes its time for.
}, 240_000)
