import { expect, it } from 'vitest'

import { expOfNegative } from './fast-exp.ts'

it('expOfNegative is within 1e-10 of Math.exp, exact at 0, and 0 far below', () => {
  let worst = 0
  for (let x = 0; x > -699.9; x -= 0.00713) worst = Math.max(worst, Math.abs(expOfNegative(x) / Math.exp(x) - 1))
  expect(worst).toBeLessThan(1e-10)
  expect([expOfNegative(0), expOfNegative(-701), expOfNegative(-Infinity)]).toEqual([1, 0, 0])
})
