import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { selectLargest } from './selection.ts'

/** Straight from the definition: sort, add up until the target is reached. */
function bySorting(values: number[], target: number, isMass: boolean): { value: number; ties: number } {
  const sorted = [...values].sort((a, b) => b - a)
  let sum = 0
  let last = 0
  while (last < sorted.length) {
    sum += isMass ? (sorted[last] ?? 0) : 1
    last++
    if (sum >= target) break
  }
  const value = sorted[last - 1] ?? 0
  return { value, ties: sorted.slice(0, last).filter((x) => x === value).length }
}

describe('selectLargest', () => {
  it('finds the end of a top-k set, with ties', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }), fc.nat(), (values, n) => {
        const k = 1 + (n % values.length)
        expect(selectLargest(Float64Array.from(values), values.length, k, false)).toMatchObject(
          bySorting(values, k, false),
        )
      }),
    )
  })

  it('finds the end of a top-p set (integer masses, so that sums are exact)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const total = values.reduce((a, b) => a + b, 0)
          const target = Math.max(1, Math.floor(share * total))
          expect(selectLargest(Float64Array.from(values), values.length, target, true)).toMatchObject(
            bySorting(values, target, true),
          )
        },
      ),
    )
  })

  it('keeps everything when rounding leaves the target a hair above the sum', () => {
    expect(selectLargest(Float64Array.from([0.1, 0.2, 0.3]), 3, 0.6 + 1e-9, true)).toMatchObject({
      value: 0.1,
      ties: 1,
    })
  })
})
