import sharp from 'sharp'

import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import type { PackManifest } from '#app/domain/pack.ts'
import { placesOf } from '#app/kernels/token-geometry.ts'

/** A picture at half its size in the upper half of a white one of the same size: the image prompt that the studio makes of it. */
export async function asUpperHalf({ width, height, pixels }: RgbPicture): Promise<RgbPicture> {
  const [left, top] = [Math.floor(width / 4), 0]
  const size = { width: Math.floor(width / 2), height: Math.floor(height / 2) }
  const half = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize({ ...size, kernel: 'linear' })
    .raw()
    .toBuffer()
  const whole = sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
  const composed = whole.composite([{ input: half, raw: { ...size, channels: 3 }, left, top }])
  return { width, height, pixels: new Uint8Array(await composed.removeAlpha().raw().toBuffer()) }
}

/**
 * Tokens to force: the upper half of the grid. Not the palette, whose colours the words choose for both halves.
 * @param tokens of the whole picture, the palette's first
 */
export function keepUpperHalf(tokens: ArrayLike<number>, image: PackManifest['image']): Int32Array {
  const { rows, columns, first } = placesOf({ ...image, paletteRows: image.paletteRows ?? 0 })
  const end = first + Math.floor(rows / 2) * columns
  return Int32Array.from(tokens, (token, place) => (place >= first && place < end ? token : -1))
}
