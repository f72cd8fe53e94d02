import { describe, expect, it } from 'vitest'

import { likelihoodOf, perplexityOf } from './likelihood.ts'
import { LogitRow } from './logit-row.ts'

function measured(logits: Float32Array): LogitRow {
  const row = new LogitRow(logits.length)
  row.logits.set(logits)
  row.measure()
  return row
}

describe('likelihoodOf', () => {
  it('is ln n for a flat distribution, whatever its offset', () => {
    const { nll, entropy } = likelihoodOf(measured(new Float32Array(8).fill(300)), 3)
    expect(nll).toBeCloseTo(Math.log(8), 6)
    expect(entropy).toBeCloseTo(Math.log(8), 6)
  })
  it('follows the definition', () => {
    const logits = Float32Array.from([Math.log(1), Math.log(3), Math.log(4)])
    const shares = [1 / 8, 3 / 8, 4 / 8]
    const { nll, entropy } = likelihoodOf(measured(logits), 1)
    expect(nll).toBeCloseTo(-Math.log(3 / 8), 6)
    expect(entropy).toBeCloseTo(
      shares.reduce((sum, p) => sum - p * Math.log(p), 0),
      6,
    )
  })
  it('is 0 when one code has all the mass', () => {
    const { nll, entropy } = likelihoodOf(measured(Float32Array.from([0, 5000])), 1)
    expect([nll, entropy]).toEqual([0, expect.closeTo(0, 12)])
  })
})

describe('perplexityOf', () => {
  it('is exp of the mean', () => {
    expect(perplexityOf(Float32Array.from([1, 2, 3]))).toBeCloseTo(Math.exp(2), 12)
  })
})
