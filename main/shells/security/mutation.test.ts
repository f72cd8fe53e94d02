import { expect, test } from 'vitest'

import { checklist } from './checklist.ts'
import { mutants } from './mutants.ts'
import { wiring } from '../electron/testing/wiring/wiring.ts'
import { isWireMissed, pointsThatNotice } from './mutation.ts'
import { wiringMutants } from './wiring-mutants.ts'

test.each(mutants)('point $point notices: $file, $from → $to', async (mutant) => {
  expect(await pointsThatNotice(mutant)).toContain(mutant.point)
})

test('every point of the wiring has a mistake that it notices', () => {
  const covered = new Set(mutants.map(({ point }) => point))
  // 16 and 19 are about packaging: they have tests of their own.
  expect(checklist.map(({ point }) => point).filter((point) => !covered.has(point))).toEqual([16, 19])
})

test.each(wiringMutants)('$wire: missed in $file without $from', async (mutant) => {
  expect(await isWireMissed(mutant)).toBe(true)
})

test('every wire has been cut', () => {
  const cut = wiring.filter(({ name }) => wiringMutants.some(({ wire }) => name.startsWith(wire)))
  expect(cut).toEqual(wiring)
})
