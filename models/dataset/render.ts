import sharp from 'sharp'
import type { Icon } from './icon-sets.ts'

/** Renders larger than needed, so that trimming and area-averaging leave clean edges. */
const oversample = 2

/** Draws an icon's markup as straight-alpha RGBA: trimmed to its ink, its longer side `inkSide`, centred on `side`×`side`. */
export async function renderCutout(icon: Icon, body: string, side: number, inkSide: number): Promise<Buffer> {
  const drawn = side * oversample
  const scale = drawn / Math.max(icon.width, icon.height)
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `width="${icon.width * scale}" height="${icon.height * scale}" viewBox="0 0 ${icon.width} ${icon.height}">${body}</svg>`
  const ink = await sharp(Buffer.from(svg))
    .trim({ background: { r: 0, g: 0, b: 0, alpha: 0 }, threshold: 1 })
    .toBuffer()
  const fitted = await sharp(ink)
    .resize(inkSide, inkSide, { fit: 'inside', kernel: 'lanczos3' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height } = fitted.info
  const left = Math.floor((side - width) / 2)
  const top = Math.floor((side - height) / 2)
  return sharp(fitted.data, { raw: { width, height, channels: 4 } })
    .extend({
      left,
      right: side - width - left,
      top,
      bottom: side - height - top,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    })
    .raw()
    .toBuffer()
}
