export interface GridView {
  /** CSS pixels. */
  readonly width: number
  readonly height: number
  readonly scrollTop: number
  readonly size: number
  readonly gap: number
  readonly count: number
}

export interface VisibleCells {
  readonly columns: number
  readonly totalHeight: number
  /** First cell rendered, and the one after the last. */
  readonly first: number
  readonly end: number
  /** Cells of row r stand at `origin + (r − originRow) · (size + gap)`: never further down than a browser counts exactly. */
  readonly originRow: number
  readonly origin: number
  /** First cell of the uppermost row in sight. */
  readonly top: number
}

/** Browsers stop believing in heights somewhere past this; beyond it, scrolling covers more than one row per row. */
export const maxHeight = 16_000_000
/** Rows that share an origin, so that scrolling by a row does not move the others. */
const rowsPerOrigin = 256

/**
 * Which cells of a grid of equal squares are worth having in the page: those in sight and `overscan` rows around them.
 * A grid taller than `maxHeight` is scrolled in proportion, so its last cell is always reachable.
 */
export function visibleCells(view: GridView, overscan: number): VisibleCells {
  const { height, count } = view
  const { columns, rowHeight, rows, fullHeight, totalHeight } = measure(view)
  const scrolled = Math.max(0, Math.min(view.scrollTop, totalHeight))
  const isInProportion = totalHeight < fullHeight
  const share = Math.min(1, scrolled / Math.max(1, totalHeight - height))
  const top = isInProportion ? share * (fullHeight - height) : scrolled
  const topRow = Math.floor(top / rowHeight)
  const firstRow = Math.max(0, topRow - overscan)
  const endRow = Math.min(rows, Math.ceil((top + height) / rowHeight) + overscan)
  const originRow = isInProportion ? firstRow - (firstRow % rowsPerOrigin) : 0
  return {
    columns,
    totalHeight,
    first: firstRow * columns,
    end: Math.min(count, endRow * columns),
    originRow,
    origin: originRow * rowHeight - top + scrolled,
    top: Math.min(count, topRow * columns),
  }
}

/** Where to scroll so that a cell is in sight; undefined when it is. */
export function scrollToCell(view: GridView, index: number): number | undefined {
  const { top, share } = placeOf(view, index)
  if (top < view.scrollTop) return top
  const bottom = top + view.size * share
  const isSeen = bottom <= view.scrollTop + view.height * share
  return isSeen ? undefined : bottom - view.height * share
}

/** Where to scroll so that the row of a cell is the uppermost. */
export function scrollToTop(view: GridView, index: number): number {
  return placeOf(view, index).top
}

function placeOf(view: GridView, index: number) {
  const { columns, rowHeight, fullHeight, totalHeight } = measure(view)
  const scrollable = fullHeight - view.height
  const share = totalHeight < fullHeight ? (totalHeight - view.height) / scrollable : 1
  return { top: Math.floor(index / columns) * rowHeight * share, share }
}

function measure({ width, size, gap, count }: GridView) {
  const columns = Math.max(1, Math.floor((width + gap) / (size + gap)))
  const rowHeight = size + gap
  const rows = Math.ceil(count / columns)
  const fullHeight = Math.max(0, rows * rowHeight - gap)
  return { columns, rowHeight, rows, fullHeight, totalHeight: Math.min(fullHeight, maxHeight) }
}
