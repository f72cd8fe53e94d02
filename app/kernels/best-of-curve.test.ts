import { describe, expect, it } from 'vitest'

import { bestOfCurve } from './best-of-curve.ts'

/** Mean of the maximum over every subset of size n. */
function byBruteForce(scores: number[], n: number): number {
  let sum = 0
  let subsets = 0
  for (let bits = 0; bits < 1 << scores.length; bits++) {
    const subset = scores.filter((_, i) => (bits >> i) & 1)
    if (subset.length !== n) continue
    sum += Math.max(...subset)
    subsets++
  }
  return sum / subsets
}

describe('bestOfCurve', () => {
  it('equals the mean over all subsets', () => {
    const scores = [0.31, -0.2, 0.05, 0.31, 0.9, 0.4, -0.7, 0.12, 0.33]
    const curve = bestOfCurve(scores, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const { n, expectedBest } of curve) expect(expectedBest).toBeCloseTo(byBruteForce(scores, n), 12)
  })
  it('uses powers of two and N by default, stays finite at 512, and is empty for no scores', () => {
    const scores = Array.from({ length: 512 }, (_, i) => i / 512)
    const curve = bestOfCurve(scores)
    expect(curve.map((point) => point.n)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
    expect(curve[0]?.expectedBest).toBeCloseTo(511 / 1024, 12)
    expect(curve.at(-1)?.expectedBest).toBe(511 / 512)
    expect(bestOfCurve([])).toEqual([])
  })
})
