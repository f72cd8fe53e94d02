export const exportFormats = ['png', 'webp', 'jpeg'] as const
export type ExportFormat = (typeof exportFormats)[number]
/** Times the picture's own size. */
export const exportScales = [1, 2, 4, 8] as const

/**
 * Pixels of a picture, without what made it, at a whole multiple of its size: every pixel becomes a square, which is what
 * flat art wants.
 * @throws DOMException when the picture cannot be read or the format cannot be written
 */
export async function exportPicture(url: string, format: ExportFormat, scale: number): Promise<Blob> {
  const image = new Image()
  image.src = url
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth * scale
  canvas.height = image.naturalHeight * scale
  const context = canvas.getContext('2d')
  if (context === null) throw new DOMException('The page cannot draw.', 'NotSupportedError')
  context.imageSmoothingEnabled = false
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => {
    const take = (blob: Blob | null) =>
      blob === null
        ? reject(new DOMException('The page cannot write this format.', 'NotSupportedError'))
        : resolve(blob)
    canvas.toBlob(take, `image/${format}`, 0.92)
  })
}

export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The download has its own hold on the bytes once it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
