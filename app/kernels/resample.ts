import type { RgbPicture } from '../contract/engine-protocol.ts'

/** `area`: mean of the covered pixels. `bicubic`: Keys' kernel, a = −0.5, widened when shrinking (as Pillow does). */
export type ResampleKind = 'area' | 'bicubic'

/** Contributions to one output line: `weights[i]` of input line `first + i`. */
interface Taps {
  readonly first: number
  readonly weights: Float64Array
}

const radius = { area: 0.5, bicubic: 2 } as const

function kernel(kind: ResampleKind, x: number): number {
  const distance = Math.abs(x)
  if (kind === 'area') return distance <= 0.5 ? 1 : 0
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1
  if (distance < 2) return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
  return 0
}

function tapsFor(kind: ResampleKind, from: number, to: number): Taps[] {
  const scale = from / to
  const stretch = Math.max(1, scale)
  return Array.from({ length: to }, (_, index) => {
    const centre = (index + 0.5) * scale
    const first = Math.max(0, Math.floor(centre - radius[kind] * stretch))
    const end = Math.min(from, Math.ceil(centre + radius[kind] * stretch))
    const weights = new Float64Array(Math.max(1, end - first))
    for (let i = 0; i < weights.length; i++) {
      weights[i] =
        kind === 'area' ? overlap(first + i, index * scale, scale) : kernel(kind, (first + i + 0.5 - centre) / stretch)
    }
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return { first, weights: sum === 0 ? weights.fill(1 / weights.length) : weights.map((weight) => weight / sum) }
  })
}

/** How much of pixel `pixel … pixel + 1` lies in `begin … begin + length`. Growing keeps at least the nearest pixel. */
function overlap(pixel: number, begin: number, length: number): number {
  return Math.max(0, Math.min(pixel + 1, begin + length) - Math.max(pixel, begin))
}

/**
 * Resizes a picture, channels as floats from 0 to 255.
 * @returns `height × width × 3` numbers, rows first, interleaved; not rounded
 */
export function resample(picture: RgbPicture, width: number, height: number, kind: ResampleKind): Float32Array {
  const horizontal = tapsFor(kind, picture.width, width)
  const vertical = tapsFor(kind, picture.height, height)
  const wide = new Float32Array(picture.height * width * 3)
  for (let row = 0; row < picture.height; row++) {
    horizontal.forEach(({ first, weights }, column) => {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0
        for (let i = 0; i < weights.length; i++) {
          sum += (weights[i] ?? 0) * (picture.pixels[(row * picture.width + first + i) * 3 + channel] ?? 0)
        }
        wide[(row * width + column) * 3 + channel] = sum
      }
    })
  }
  const line = width * 3
  const result = new Float32Array(height * line)
  vertical.forEach(({ first, weights }, row) => {
    for (let i = 0; i < line; i++) {
      let sum = 0
      for (let tap = 0; tap < weights.length; tap++) sum += (weights[tap] ?? 0) * (wide[(first + tap) * line + i] ?? 0)
      result[row * line + i] = sum
    }
  })
  return result
}

/** As `resample`, rounded to 8 bits; the picture itself when it has the size already. */
export function resizePicture(picture: RgbPicture, width: number, height: number, kind: ResampleKind): RgbPicture {
  if (picture.width === width && picture.height === height) return picture
  return { width, height, pixels: Uint8Array.from(Uint8ClampedArray.from(resample(picture, width, height, kind))) }
}

/**
 * Peak signal-to-noise ratio of two pictures of one size, in decibels: `10·log10(255² / mean squared error)`.
 * Infinity when they are equal.
 */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2
  return 10 * Math.log10((255 * 255) / (sum / a.length))
}
