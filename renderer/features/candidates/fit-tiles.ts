/** Sizes a tile snaps to, CSS pixels: parts and multiples of 192, so that pictures of that size stay crisp. */
export const tileSteps = [96, 112, 128, 136, 144, 160, 176, 192, 224, 256, 288, 336, 384, 480, 576] as const

export interface TileFit {
  readonly size: number
  readonly columns: number
}

/**
 * The largest tiles that show all of a run at once; the smallest when not even those fit, and the run then scrolls.
 * @param gap between tiles
 * @param footer height below each picture for its rank and score
 */
export function fitTiles(width: number, height: number, count: number, gap: number, footer: number): TileFit {
  let best: TileFit = { size: tileSteps[0], columns: columnsFor(width, tileSteps[0], gap) }
  for (const size of tileSteps) {
    const columns = Math.min(count, columnsFor(width, size, gap))
    const rows = Math.ceil(count / columns)
    const isWideEnough = columns * (size + gap) - gap <= width
    if (isWideEnough && rows * (size + footer + gap) - gap <= height) best = { size, columns: balance(count, columns) }
  }
  return best
}

export function columnsFor(width: number, size: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (size + gap)))
}

/** As few columns as need no more rows: sixteen in rows of five look lost, in rows of four they do not. */
function balance(count: number, columns: number): number {
  return Math.ceil(count / Math.ceil(count / columns))
}
