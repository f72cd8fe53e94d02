import ImageTracer from 'imagetracerjs'

import { countColours } from './count-colours.ts'
import { createCanvas, loadImage } from './load-image.ts'

/** Flat art has few colours; more than these are noise of the decoder. */
const maxColours = 24

/** A picture as shapes, for flat art: its commonest colours, one path for each patch. @throws DOMException when it cannot be read */
export async function traceToSvg(url: string): Promise<string> {
  const image = await loadImage(url)
  const { context } = createCanvas(image.naturalWidth, image.naturalHeight)
  context.drawImage(image, 0, 0)
  return tracePixels(context.getImageData(0, 0, image.naturalWidth, image.naturalHeight))
}

/** @param pixels RGBA in raster order */
export function tracePixels(pixels: Pick<ImageData, 'width' | 'height' | 'data'>): string {
  return ImageTracer.imagedataToSVG(pixels, {
    pal: countColours(pixels.data, maxColours),
    // The palette is what the picture has: it is not to be averaged away.
    colorquantcycles: 1,
    pathomit: 6,
    ltres: 0.8,
    qtres: 0.8,
    linefilter: true,
    roundcoords: 1,
    strokewidth: 0.6,
    viewbox: true,
  })
}
