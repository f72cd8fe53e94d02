import { findGround } from '#renderer/state/find-ground.ts'
import { createCanvas, loadImage, toBlob } from '#renderer/state/load-image.ts'

/**
 * The lower part of a picture at the top of another one of the same size, whose rest is of the picture's own ground: what the model can go on
 * from, below.
 * @param share of the height, 0–1
 * @throws DOMException when the picture cannot be read
 */
export async function drawLowerPart(url: string, share: number): Promise<Blob> {
  const image = await loadImage(url)
  const { naturalWidth: width, naturalHeight: height } = image
  const { canvas, context } = createCanvas(width, height)
  context.drawImage(image, 0, 0)
  const ground = findGround(context.getImageData(0, 0, width, height).data, width, height)
  context.fillStyle = `rgb(${ground.join(' ')})`
  context.fillRect(0, 0, width, height)
  context.drawImage(image, 0, Math.round(height * (share - 1)))
  return toBlob(canvas, 'image/png')
}
