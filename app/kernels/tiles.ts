/** A rectangle of a picture, in its pixels. */
export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A piece of a picture: `core` is made from what lies in `seen`, which reaches beyond it. */
export interface Tile {
  readonly core: Area
  readonly seen: Area
}

/**
 * Cuts a picture into tiles whose cores cover it once, row by row.
 * @param side longest side of `seen`
 * @param overlap how far `seen` reaches beyond `core` where the picture goes on; less than half of `side`
 */
export function tilesOf(width: number, height: number, side: number, overlap: number): readonly Tile[] {
  const columns = spans(width, side, overlap)
  return spans(height, side, overlap).flatMap((row) =>
    columns.map((column) => ({
      core: { x: column.core, y: row.core, width: column.coreLength, height: row.coreLength },
      seen: { x: column.seen, y: row.seen, width: column.seenLength, height: row.seenLength },
    })),
  )
}

function spans(length: number, side: number, overlap: number) {
  // One that fits is not cut.
  const step = length <= side ? length : side - 2 * overlap
  return Array.from({ length: Math.ceil(length / step) }, (_, index) => {
    const core = index * step
    const end = Math.min(length, core + step)
    const seen = Math.max(0, core - overlap)
    return { core, coreLength: end - core, seen, seenLength: Math.min(length, end + overlap) - seen }
  })
}
