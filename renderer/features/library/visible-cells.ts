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
  /** Pixels above the first cell rendered. */
  readonly offset: number
  /** First cell rendered, and the one after the last. */
  readonly first: number
  readonly end: number
}

/** Browsers stop believing in heights somewhere past this; beyond it, scrolling covers more than one row per row. */
export const maxHeight = 16_000_000

/**
 * Which cells of a grid of equal squares are worth having in the page: those in sight and `overscan` rows around them.
 * A grid taller than `maxHeight` is scrolled in proportion, so its last cell is always reachable.
 */
export function visibleCells(view: GridView, overscan: number): VisibleCells {
  const { width, height, size, gap, count } = view
  const columns = Math.max(1, Math.floor((width + gap) / (size + gap)))
  const rowHeight = size + gap
  const rows = Math.ceil(count / columns)
  const fullHeight = Math.max(0, rows * rowHeight - gap)
  const totalHeight = Math.min(fullHeight, maxHeight)
  const scrollable = Math.max(1, totalHeight - height)
  const share = Math.min(1, Math.max(0, view.scrollTop) / scrollable)
  const top = totalHeight < fullHeight ? share * (fullHeight - height) : Math.min(view.scrollTop, fullHeight)
  const firstRow = Math.max(0, Math.floor(top / rowHeight) - overscan)
  const endRow = Math.min(rows, Math.ceil((top + height) / rowHeight) + overscan)
  return {
    columns,
    totalHeight,
    offset: firstRow * rowHeight - top + Math.min(view.scrollTop, totalHeight),
    first: firstRow * columns,
    end: Math.min(count, endRow * columns),
  }
}

/** Where to scroll so that a cell is in sight; undefined when it is. */
export function scrollToCell(view: GridView, index: number): number | undefined {
  const { columns, totalHeight } = visibleCells(view, 0)
  const rowHeight = view.size + view.gap
  const fullHeight = Math.max(0, Math.ceil(view.count / columns) * rowHeight - view.gap)
  const factor = totalHeight < fullHeight ? (totalHeight - view.height) / (fullHeight - view.height) : 1
  const top = Math.floor(index / columns) * rowHeight * factor
  if (top < view.scrollTop) return top
  const bottom = top + view.size
  return bottom > view.scrollTop + view.height ? bottom - view.height : undefined
}
