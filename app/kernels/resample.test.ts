import { describe, expect, it } from 'vitest'

import { psnr, resample, resizePicture } from './resample.ts'

const picture = (width: number, height: number, at: (x: number, y: number, channel: number) => number) => ({
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    at(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3),
  ),
})

describe('resample', () => {
  it('area: halving is the mean of 2 × 2 pixels', () => {
    const result = resample(
      picture(4, 2, (x, y, channel) => 10 * x + 100 * y + channel),
      2,
      1,
      'area',
    )
    expect(Array.from(result)).toEqual([55, 56, 57, 75, 76, 77])
  })
  it('area: two thirds weighs the shared pixel by half', () => {
    const result = resample(
      picture(3, 1, (x) => [0, 30, 90][x] ?? 0),
      2,
      1,
      'area',
    )
    expect(result[0]).toBeCloseTo(10, 4)
    expect(result[3]).toBeCloseTo(70, 4)
  })
  it('keeps a flat picture flat, growing and shrinking, in both kinds', () => {
    for (const kind of ['area', 'bicubic'] as const) {
      for (const [width, height] of [
        [3, 5],
        [16, 9],
      ] as const) {
        const result = resample(
          picture(7, 7, () => 90),
          width,
          height,
          kind,
        )
        expect(result.length).toBe(width * height * 3)
        for (const value of result) expect(value).toBeCloseTo(90, 4)
      }
    }
  })
  it('bicubic: the weights of a doubling are those of the kernel', () => {
    const result = resample(
      picture(8, 1, (x) => (x === 4 ? 128 : 0)),
      16,
      1,
      'bicubic',
    )
    const reds = Array.from({ length: 16 }, (_, i) => result[i * 3] ?? 0)
    // Keys' kernel at distances 1.75, 1.25, 0.75 and 0.25.
    const [far, mid, near, close] = [-0.0234375, -0.0703125, 0.2265625, 0.8671875].map((weight) => weight * 128)
    expect(reds.slice(5, 13).map((value) => Number(value.toFixed(4)))).toEqual(
      [far, mid, near, close, close, near, mid, far].map((value) => Number((value ?? 0).toFixed(4))),
    )
  })
})

describe('resizePicture', () => {
  it('rounds, clamps, and leaves a fitting picture alone', () => {
    const source = picture(4, 4, (x) => (x < 2 ? 0 : 255))
    expect(resizePicture(source, 4, 4, 'area')).toBe(source)
    const shrunk = resizePicture(source, 1, 1, 'area')
    expect(shrunk).toEqual({ width: 1, height: 1, pixels: Uint8Array.from([128, 128, 128]) })
  })
})

describe('psnr', () => {
  it('is infinite for equals and 0 for black against white', () => {
    const black = new Uint8Array(12)
    expect(psnr(black, black)).toBe(Infinity)
    expect(psnr(black, new Uint8Array(12).fill(255))).toBe(0)
    expect(psnr(black, new Uint8Array(12).fill(1))).toBeCloseTo(48.13, 2)
  })
})
