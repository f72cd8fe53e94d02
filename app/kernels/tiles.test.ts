import fc from 'fast-check'
import { expect, test } from 'vitest'

import { tilesOf } from './tiles.ts'

test('a picture that fits is one tile that sees nothing else', () => {
  const whole = { x: 0, y: 0, width: 160, height: 90 }
  expect(tilesOf(160, 90, 160, 20)).toEqual([{ core: whole, seen: whole }])
})

test('a longer one is cut, and each piece sees beyond its cut', () => {
  expect(tilesOf(100, 10, 60, 10)).toEqual([
    { core: { x: 0, y: 0, width: 40, height: 10 }, seen: { x: 0, y: 0, width: 50, height: 10 } },
    { core: { x: 40, y: 0, width: 40, height: 10 }, seen: { x: 30, y: 0, width: 60, height: 10 } },
    { core: { x: 80, y: 0, width: 20, height: 10 }, seen: { x: 70, y: 0, width: 30, height: 10 } },
  ])
})

test('cores cover every pixel once, and see as far as the picture and the overlap go', () => {
  const sizes = fc.integer({ min: 1, max: 90 })
  fc.assert(
    fc.property(sizes, sizes, fc.integer({ min: 8, max: 40 }), fc.integer({ min: 0, max: 3 }), (...shape) => {
      const [width, height, side, overlap] = shape
      const covered = new Uint8Array(width * height)
      for (const { core, seen } of tilesOf(width, height, side, overlap)) {
        expect(Math.max(seen.width, seen.height)).toBeLessThanOrEqual(side)
        expect(seen.x).toBeLessThanOrEqual(Math.max(0, core.x - overlap))
        expect(seen.x + seen.width).toBe(Math.min(width, core.x + core.width + (width > side ? overlap : 0)))
        for (let y = core.y; y < core.y + core.height; y += 1)
          for (let x = core.x; x < core.x + core.width; x += 1) covered[y * width + x]! += 1
      }
      expect(covered.every((times) => times === 1)).toBe(true)
    }),
    { numRuns: 200 },
  )
})
