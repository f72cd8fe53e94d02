import fc from 'fast-check'
import { expect, it } from 'vitest'

import { LogitRow } from './logit-row.ts'

const rows = fc.array(fc.float({ min: -90, max: 90, noNaN: true }), { minLength: 1, maxLength: 700 })

it('adds up what the definition adds up, whatever the length of the row', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom(0.2, 1, 1 / 0.7, 5), (logits, factor) => {
      const row = new LogitRow(logits.length)
      row.logits.set(logits)
      row.measure()
      const most = Math.max(...logits)
      let [mass, weighted] = [0, 0]
      for (const logit of logits) {
        const d = (logit - most) * factor
        mass += Math.exp(d)
        weighted += d * Math.exp(d)
      }
      const sums = row.sums(factor)
      expect(row.most).toBe(most)
      expect(Math.abs(sums.mass / mass - 1)).toBeLessThan(LogitRow.massError / 5)
      expect(Math.abs(sums.weighted - weighted) / mass).toBeLessThan(1e-5)
    }),
    { numRuns: 60 },
  )
})

it('finds the codes of a threshold and above, in order', () => {
  fc.assert(
    fc.property(rows, fc.float({ min: -100, max: 100, noNaN: true }), (logits, least) => {
      const row = new LogitRow(logits.length)
      row.logits.set(logits)
      const found = row.above(least)
      expect([...row.codes.subarray(0, found)]).toEqual(logits.flatMap((logit, code) => (logit >= least ? [code] : [])))
    }),
    { numRuns: 60 },
  )
})

it('forgets the row before', () => {
  const row = new LogitRow(3)
  row.logits.set([5, 5, 5])
  row.measure()
  row.logits.set([1, 0, -Infinity])
  row.measure()
  expect([row.most, row.sums(1).mass, row.above(0), ...row.codes.subarray(0, 2)]).toEqual([
    1,
    expect.closeTo(1 + Math.exp(-1), 6),
    2,
    0,
    1,
  ])
})
