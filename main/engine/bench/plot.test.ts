import { expect, it } from 'vitest'

import { svgOf } from './plot.ts'

it('puts the ends of a line into the corners of the plot, and names what it shows', () => {
  const points = [
    { x: 1, y: 0 },
    { x: 4, y: 5 },
    { x: 16, y: 10 },
  ]
  const plot = { title: 'T', xLabel: 'X', yLabel: 'Y', series: [{ name: 'N', colour: '#123', points }] }
  const [logarithmic, linear] = [svgOf({ ...plot, isXLogarithmic: true }), svgOf({ ...plot, isXLogarithmic: false })]
  expect(logarithmic).toContain('points="64.0,312.0 344.0,176.0 624.0,40.0"')
  expect(linear).toContain('points="64.0,312.0 176.0,176.0 624.0,40.0"')
  for (const word of ['>T<', '>X<', '>Y<', '>N<', '>16<']) expect(linear).toContain(word)
})
