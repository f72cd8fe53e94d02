import sharp from 'sharp'

import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'

/** Lossless, 8-bit RGB, without metadata. */
export async function encodePng(picture: RgbPicture): Promise<Uint8Array> {
  const { width, height, pixels } = picture
  if (pixels.length !== width * height * 3) {
    throw new StudioError('internal', `A picture of ${width} × ${height} RGB came with ${pixels.length} bytes.`)
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6 })
    .toBuffer()
}
