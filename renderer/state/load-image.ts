/** A picture ready to be drawn. @throws DOMException when it cannot be read */
export async function loadImage(url: string): Promise<HTMLImageElement> {
  const image = new Image()
  image.src = url
  await image.decode()
  return image
}

/** @throws DOMException when the page cannot draw */
export function createCanvas(width: number, height: number) {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (context === null) throw new DOMException('The page cannot draw.', 'NotSupportedError')
  return { canvas, context }
}

/** @throws DOMException when the page cannot write the format */
export function toBlob(canvas: HTMLCanvasElement, type: string): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const take = (blob: Blob | null) =>
      blob === null
        ? reject(new DOMException('The page cannot write this format.', 'NotSupportedError'))
        : resolve(blob)
    canvas.toBlob(take, type, 0.92)
  })
}
