import type { PictureSummary } from '#app/domain/picture.ts'

import { createCanvas, loadImage, toBlob } from './load-image.ts'

/** More would be a picture that few programs open. */
export const maxOnSheet = 512

export interface SheetLayout {
  readonly columns: number
  readonly rows: number
  readonly cellPx: number
  readonly widthPx: number
  readonly heightPx: number
}

const marginPx = 40
const gapPx = 16
const captionPx = 26
const headerPx = 84
/** Longest side of a sheet, about. */
const sheetPx = 4096

/** About four across to three down, with cells no larger than the pictures twice over. */
export function layOutSheet(pictures: number, sidePx: number): SheetLayout {
  const columns = Math.max(1, Math.ceil(Math.sqrt((pictures * 4) / 3)))
  const rows = Math.max(1, Math.ceil(pictures / columns))
  const room = Math.floor((sheetPx - 2 * marginPx + gapPx) / Math.max(columns, rows)) - gapPx - captionPx
  const cellPx = Math.max(64, Math.min(2 * sidePx, room))
  return {
    ...{ columns, rows, cellPx },
    widthPx: 2 * marginPx + columns * (cellPx + gapPx) - gapPx,
    heightPx: 2 * marginPx + headerPx + rows * (cellPx + captionPx + gapPx) - gapPx,
  }
}

/**
 * All pictures on one, each with its rank and score, under a title.
 * @throws DOMException when a picture cannot be read
 */
export async function drawContactSheet(
  title: string,
  pictures: readonly PictureSummary[],
  urlOf: (picture: PictureSummary) => string,
): Promise<Blob> {
  const shown = pictures.slice(0, maxOnSheet)
  const side = Math.max(...shown.map(({ width, height }) => Math.max(width, height)))
  const { columns, cellPx, widthPx, heightPx } = layOutSheet(shown.length, side)
  const { canvas, context } = createCanvas(widthPx, heightPx)
  const font = getComputedStyle(document.body).fontFamily
  context.fillStyle = '#f6f5f2'
  context.fillRect(0, 0, widthPx, heightPx)
  context.fillStyle = '#1e1c19'
  context.font = `600 34px ${font}`
  context.fillText(title, marginPx, marginPx + 34, widthPx - 2 * marginPx)
  context.fillStyle = '#c5380f'
  context.fillRect(marginPx, marginPx + 52, 48, 4)
  context.imageSmoothingEnabled = false
  context.font = `15px ${font}`
  for (const [place, picture] of shown.entries()) {
    const left = marginPx + (place % columns) * (cellPx + gapPx)
    const top = marginPx + headerPx + Math.floor(place / columns) * (cellPx + captionPx + gapPx)
    context.drawImage(await loadImage(urlOf(picture)), left, top, cellPx, cellPx)
    context.fillStyle = '#4b4842'
    const score = picture.clipScore === null ? '' : `  ${picture.clipScore.toFixed(3)}`
    context.fillText(`${place + 1}${score}`, left, top + cellPx + 18, cellPx)
  }
  return toBlob(canvas, 'image/png')
}
