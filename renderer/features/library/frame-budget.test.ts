import { expect, test } from 'vitest'

import { FrameBudget } from './frame-budget.ts'

test('as many as fit into a frame, by what they cost lately, and never none', () => {
  const budget = new FrameBudget()
  const told = [budget.pictures]
  for (const [pictures, ms] of [
    [16, 1.6],
    [0, 100],
    [10, 0.1],
    [10, 0.1],
    [4, 40],
    [4, 40],
  ] as const) {
    budget.learn(pictures, ms)
    told.push(budget.pictures)
  }
  expect(told).toEqual([10, 11, 11, 15, 21, 3, 3])
  expect(budget.picturesAtRest).toBe(12)
  for (let frame = 0; frame < 100; frame += 1) budget.learn(10, 0.001)
  expect([budget.pictures, budget.picturesAtRest]).toEqual([96, 96])
})
