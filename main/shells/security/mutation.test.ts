import { expect, test } from 'vitest'

import { checklist } from './checklist.ts'
import { mutants } from './mutants.ts'
import { pointsThatNotice } from './mutation.ts'

test.each(mutants)('point $point notices: $file, $from → $to', async (mutant) => {
  expect(await pointsThatNotice(mutant)).toContain(mutant.point)
})

test('every point of the wiring has a mistake that it notices', () => {
  const covered = new Set(mutants.map(({ point }) => point))
  // 16 and 19 are about packaging: they have tests of their own.
  expect(checklist.map(({ point }) => point).filter((point) => !covered.has(point))).toEqual([16, 19])
})
