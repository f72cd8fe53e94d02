import sharp from 'sharp'

import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'

const formats = ['png', 'jpeg', 'webp']
/** A small file can claim any size: more pixels than this are refused before they are decoded. */
const maxPixels = 64 * 2 ** 20
/** Models see less than this. */
const maxSidePx = 4096

/**
 * Pixels of a picture file: turned as its EXIF says, in sRGB, without transparency (on white), cut to the aspect ratio around its middle.
 * @throws StudioError `invalidRequest` for what is no PNG, JPEG or WebP, or too large
 */
export async function decodePictureFile(
  bytes: Uint8Array,
  shape: { readonly width: number; readonly height: number },
): Promise<RgbPicture> {
  try {
    const image = sharp(bytes, { limitInputPixels: maxPixels, autoOrient: true })
    const { format, autoOrient } = await image.metadata()
    if (!formats.includes(format)) throw new Error(`it is ${format}`)
    const scale = Math.min(
      autoOrient.width / shape.width,
      autoOrient.height / shape.height,
      maxSidePx / Math.max(shape.width, shape.height),
    )
    const side = (length: number) => Math.max(1, Math.round(length * scale))
    const { data, info } = await image
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .resize({ width: side(shape.width), height: side(shape.height), fit: 'cover', position: 'centre' })
      .raw()
      .toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, pixels: toRgb(data, info.channels) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError(
      'invalidRequest',
      `This cannot be read as a picture (${reason}); allowed are PNG, JPEG and WebP of at most ${maxPixels / 2 ** 20} million pixels.`,
      { cause },
    )
  }
}

/** Grey pictures come with one channel. */
export function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data)
  const pixels = new Uint8Array((data.length / channels) * 3)
  for (let index = 0; index < pixels.length; index++) pixels[index] = data[Math.floor(index / 3) * channels] ?? 0
  return pixels
}
