import { expect, test } from 'vitest'

import { heatColour, heatPixels } from './heat.ts'

test('the ramp starts dark, ends light, and holds its ends', () => {
  expect([heatColour(-1), heatColour(0), heatColour(0.5), heatColour(1), heatColour(7)]).toEqual([
    [29, 36, 64],
    [29, 36, 64],
    [162, 80, 94],
    [255, 217, 138],
    [255, 217, 138],
  ])
})

test('each cell is one opaque pixel between the ends of its own picture', () => {
  expect([...heatPixels([2, 4])]).toEqual([29, 36, 64, 255, 255, 217, 138, 255])
})

test('a picture without differences is all of one colour', () => {
  expect([...heatPixels([3, 3])]).toEqual([29, 36, 64, 255, 29, 36, 64, 255])
})
