import { findGround } from './find-ground.ts'
import { createCanvas, loadImage, toBlob } from './load-image.ts'

/**
 * The picture prompt of the paper's image-to-image pictures (§3.3): the picture at half its size in the upper half, on its
 * own ground, and the same ground below, where the other one is to be drawn.
 * @throws DOMException when the picture cannot be read
 */
export async function drawTwoPanels(url: string): Promise<Blob> {
  const image = await loadImage(url)
  const { naturalWidth: width, naturalHeight: height } = image
  const { canvas, context } = createCanvas(width, height)
  context.drawImage(image, 0, 0)
  const ground = findGround(context.getImageData(0, 0, width, height).data, width, height)
  context.fillStyle = `rgb(${ground.join(' ')})`
  context.fillRect(0, 0, width, height)
  context.drawImage(image, width / 4, 0, width / 2, height / 2)
  return toBlob(canvas, 'image/png')
}
