import { expect, test } from 'vitest'

import { countColours } from './count-colours.ts'
import { tracePixels } from './trace-picture.ts'

const [red, white] = [
  [200, 16, 24],
  [248, 248, 248],
] as const

/** A square of 20 pixels in the middle of white, with a little noise. */
function square() {
  const data = new Uint8ClampedArray(40 * 40 * 4)
  for (let pixel = 0; pixel < 1600; pixel += 1) {
    const [x, y] = [pixel % 40, Math.floor(pixel / 40)]
    const isInside = x >= 10 && x < 30 && y >= 10 && y < 30
    data.set([...(isInside ? red : white).map((channel) => channel + (pixel % 3)), 255], pixel * 4)
  }
  return { width: 40, height: 40, data }
}

test('the palette is the commonest colours, noise aside', () => {
  expect(countColours(square().data, 8)).toEqual([
    { r: 249, g: 249, b: 249, a: 255 },
    { r: 201, g: 17, b: 25, a: 255 },
  ])
})

test('flat art becomes a few shapes of its own colours', () => {
  const svg = tracePixels(square())
  expect(svg).toMatch(/^<svg viewBox="0 0 40 40"/)
  const fills = [...svg.matchAll(/fill="rgb\((\d+),(\d+),(\d+)\)"/g)].map(([, ...channels]) => channels.map(Number))
  expect(new Set(fills.map(String))).toEqual(new Set(['249,249,249', '201,17,25']))
  expect(fills.length).toBeLessThan(5)
  expect(svg).not.toContain('<script')
})
