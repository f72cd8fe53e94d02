import type { AttentionKind } from '../domain/pack.ts'
import { convolutionKernel, isVisible } from './attention-masks.ts'
import { cellCount, type TokenGeometry } from './token-geometry.ts'

/** A copy inside the cache of one head: `length` slots from slot `from` to slot `to`. */
export interface SlotMove {
  readonly from: number
  readonly to: number
  readonly length: number
}

/** What the step of one cell needs of a layer's cache. */
export interface CompactStep {
  /** Keys the cell sees, itself last: they lie in slots 0 … keys − 1. */
  readonly keys: number
  /** Before the step: brings the earlier cells it sees behind the text. */
  readonly before: readonly SlotMove[]
  /** After it: puts the new key where later cells look for it. */
  readonly after: readonly SlotMove[]
}

/**
 * How a sparse layer keeps its keys and values so that a step reads those it may see and no others: the text, then what the cell
 * sees, itself last. Order does not matter to attention, so a layer may keep its cells in any.
 */
export interface CompactLayout {
  readonly slots: number
  /** Slot in which the key of a finished cell waits for later cells. */
  homeOf(cell: number): number
  stepAt(cell: number): CompactStep
}

/**
 * The layout of a kind, or null for `dense`, whose cache holds every position in its place.
 * row: a ring of one row and a slot for the newest · axial-row: one row, overwritten by the next · all others: a place for what the
 * cell sees and behind it an archive of all cells, by columns for `column`, in raster order else.
 */
export function compactLayout(kind: AttentionKind, geometry: TokenGeometry): CompactLayout | null {
  const { textLength, columns } = geometry
  switch (kind) {
    case 'dense':
      return null
    case 'row': {
      const homeOf = (cell: number): number => textLength + (cell % columns)
      const stepAt = (cell: number): CompactStep => {
        const keys = textLength + Math.min(cell, columns) + 1
        return { keys, before: [], after: moveOf(keys - 1, homeOf(cell)) }
      }
      return { slots: textLength + columns + 1, homeOf, stepAt }
    }
    case 'axial-row': {
      const homeOf = (cell: number): number => textLength + (cell % columns)
      return {
        slots: textLength + columns,
        homeOf,
        stepAt: (cell) => ({ keys: homeOf(cell) + 1, before: [], after: [] }),
      }
    }
    case 'column':
    case 'convolution':
    case 'convolution-wrapped':
    case 'convolution-clipped':
    case 'quadrant':
    case 'window':
      return archived(kind, geometry)
  }
}

type ArchivedKind = Exclude<AttentionKind, 'dense' | 'row' | 'axial-row'>

function archived(kind: ArchivedKind, geometry: TokenGeometry): CompactLayout {
  const { textLength, rows, columns } = geometry
  const archive = textLength + Math.min(mostSeen(kind, rows), cellCount(geometry))
  const homeOf = (cell: number): number =>
    archive + (kind === 'column' ? (cell % columns) * rows + Math.floor(cell / columns) : cell)
  const steps = new Map<number, CompactStep>()
  function stepAt(cell: number): CompactStep {
    const known = steps.get(cell)
    if (known !== undefined) return known
    const cells = cellsSeen(kind, geometry, cell)
    const keys = textLength + cells.length + 1
    const step = { keys, before: gathered(cells.map(homeOf), textLength), after: moveOf(keys - 1, homeOf(cell)) }
    steps.set(cell, step)
    return step
  }
  return { slots: archive + cellCount(geometry), homeOf, stepAt }
}

/** Cells that one cell sees at most, itself included. */
function mostSeen(kind: ArchivedKind, rows: number): number {
  const reach = (convolutionKernel - 1) / 2
  switch (kind) {
    case 'column':
      return rows
    case 'convolution':
    case 'convolution-clipped':
      return reach * convolutionKernel + reach + 1
    case 'convolution-wrapped':
      return convolutionKernel ** 2
    case 'quadrant':
      return 25
    case 'window':
      return 13
  }
}

/** The cells before `cell` that it sees, in raster order. */
function cellsSeen(kind: AttentionKind, geometry: TokenGeometry, cell: number): number[] {
  const { textLength } = geometry
  const seen: number[] = []
  for (let key = 0; key < cell; key++) {
    if (isVisible(kind, geometry, textLength + cell, textLength + key)) seen.push(key)
  }
  return seen
}

const moveOf = (from: number, to: number): SlotMove[] => (from === to ? [] : [{ from, to, length: 1 }])

/** Moves that bring `slots` side by side from slot `to` on; neighbours go in one piece. */
function gathered(slots: readonly number[], to: number): SlotMove[] {
  const moves: { from: number; to: number; length: number }[] = []
  slots.forEach((slot, index) => {
    const last = moves.at(-1)
    if (last !== undefined && last.from + last.length === slot) last.length++
    else moves.push({ from: slot, to: to + index, length: 1 })
  })
  return moves
}
