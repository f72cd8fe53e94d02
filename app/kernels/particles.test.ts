import fc from 'fast-check'
import { expect, it } from 'vitest'

import { effectiveCount, pick, resample } from './particles.ts'

it('counts how many say something', () => {
  expect([effectiveCount([5, 5, 5, 5]), effectiveCount([0, -Infinity, -Infinity])]).toEqual([4, 1])
})

it('picks each with its share', () => {
  const logWeights = [Math.log(0.25), -Infinity, Math.log(0.75)]
  expect([0.1, 0.24, 0.26, 0.99].map((uniform) => pick(logWeights, uniform))).toEqual([0, 0, 2, 2])
})

it('leaves equal ones alone', () => {
  expect(resample([1, 1, 1, 1], 0.5)).toEqual([])
})

it('keeps each whose share is that of one or more, and as many copies as its share says', () => {
  const weights = fc.array(fc.double({ min: -30, max: 0, noNaN: true }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(weights, fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (logWeights, uniform) => {
      const copies = resample(logWeights, uniform)
      const count = logWeights.length
      const sum = logWeights.reduce((total, weight) => total + Math.exp(weight), 0)
      const gone = copies.map(({ to }) => to)
      expect(new Set(gone).size).toBe(gone.length)
      logWeights.forEach((weight, index) => {
        const expected = (count * Math.exp(weight)) / sum
        const number = copies.filter(({ from }) => from === index).length + (gone.includes(index) ? 0 : 1)
        expect(Math.abs(number - expected)).toBeLessThan(1 + 1e-9)
      })
    }),
  )
})
