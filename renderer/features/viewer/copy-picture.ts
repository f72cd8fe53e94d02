import { createCanvas, loadImage, toBlob } from '#renderer/state/load-image.ts'

/**
 * Puts a picture into the clipboard: pixels only, at twice its size, because what is pasted somewhere is looked at there.
 * @throws DOMException when the browser does not let the page write to the clipboard
 */
export async function copyPicture(url: string): Promise<void> {
  // The clipboard is asked for at once, while the click still counts; the pixels may come later.
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': drawDoubled(url) })])
}

async function drawDoubled(url: string): Promise<Blob> {
  const image = await loadImage(url)
  const { canvas, context } = createCanvas(image.naturalWidth * 2, image.naturalHeight * 2)
  context.imageSmoothingEnabled = false
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return toBlob(canvas, 'image/png')
}
