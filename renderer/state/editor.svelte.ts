import type { ImagePrompt } from '#app/domain/generation.ts'
import type { PictureDetail, PictureSummary } from '#app/domain/picture.ts'
import type { Places } from '#app/kernels/token-geometry.ts'

import type { Packs } from './packs.svelte.ts'
import type { Viewer } from './viewer.svelte.ts'

export const tools = ['rows', 'redraw', 'keep'] as const
/** `rows`: everything above a line stays. `redraw`, `keep`: brush cells out of or into what stays. */
export type Tool = (typeof tools)[number]

/** What stays of a picture. */
interface Kept {
  /** One flag per place in raster order. */
  readonly cells: readonly boolean[]
  /** Means nothing where there is no palette. */
  readonly isPaletteKept: boolean
}

/**
 * A picture as part of a prompt: which cells of its token grid stay and which are drawn anew, and whether its colours do.
 * Undo holds whole masks: a mask is at most a few thousand flags.
 */
export class Editor {
  readonly #viewer: Viewer
  readonly #packs: Packs
  #picture = $state.raw<PictureDetail | null>(null)
  #places = $state.raw<Places>({ rows: 0, columns: 0, first: 0 })
  #now = $state.raw<Kept>({ cells: [], isPaletteKept: true })
  #past = $state.raw<readonly Kept[]>([])
  #future = $state.raw<readonly Kept[]>([])
  #tool = $state<Tool>('rows')
  #psnr = $state<number | null>(null)
  #brush = $state(1)

  /** Which picture was asked for last: the answer for an earlier one is too late. */
  #request = 0

  readonly #firstFree = $derived(this.#now.cells.indexOf(false))

  constructor(viewer: Viewer, packs: Packs) {
    this.#viewer = viewer
    this.#packs = packs
  }

  get isOpen(): boolean {
    return this.#picture !== null
  }
  get picture(): PictureDetail | null {
    return this.#picture
  }
  /** Rows and columns of the mask; `first` is how many tokens of colours are ahead of them. */
  get places(): Places {
    return this.#places
  }
  get hasPalette(): boolean {
    return this.#places.first > 0
  }
  get isPaletteKept(): boolean {
    return this.#now.isPaletteKept
  }
  set isPaletteKept(isPaletteKept: boolean) {
    this.#now = { ...this.#now, isPaletteKept }
  }
  /** Peak signal-to-noise ratio in dB of the picture as the model sees it; null for its own. */
  get psnr(): number | null {
    return this.#psnr
  }
  /** One flag per cell in raster order; true = stays. */
  get kept(): readonly boolean[] {
    return this.#now.cells
  }
  /** The first cell drawn anew, in raster order; −1 when everything stays. What is kept after it is out of its sight. */
  get firstFree(): number {
    return this.#firstFree
  }
  get keptCount(): number {
    return this.kept.filter(Boolean).length
  }
  /** Kept cells that some redrawn cell before them cannot see. */
  get unseenCount(): number {
    return this.#firstFree === -1 ? 0 : this.kept.slice(this.#firstFree).filter(Boolean).length
  }
  /** Whether anything is left to draw. */
  get canDraw(): boolean {
    return this.#firstFree !== -1 || (this.hasPalette && !this.isPaletteKept)
  }
  get tool(): Tool {
    return this.#tool
  }
  set tool(tool: Tool) {
    this.#tool = tool
  }
  /** Side of the square brush, in cells; odd, so that it has a middle. */
  get brush(): number {
    return this.#brush
  }
  set brush(brush: number) {
    this.#brush = Math.min(9, Math.max(1, Math.trunc(brush / 2) * 2 + 1))
  }
  get canUndo(): boolean {
    return this.#past.length > 0
  }
  get canRedo(): boolean {
    return this.#future.length > 0
  }

  /**
   * @param psnr loss of encoding in dB, for a picture that came from outside
   * @returns false when the picture cannot be read, or another one was opened or the editor closed meanwhile
   */
  async open(picture: PictureSummary, current: ImagePrompt | null, psnr: number | null = null): Promise<boolean> {
    const request = ++this.#request
    const detail = await this.#viewer.read(picture.id)
    if (detail === undefined || request !== this.#request) return false
    this.#past = []
    this.#future = []
    this.#places = this.#packs.placesOf(detail)
    const before = current?.pictureId === detail.id ? current : null
    this.#now = {
      cells: keptCells(before?.keep ?? { kind: 'rows', rows: Math.floor(this.#places.rows / 2) }, this.#places),
      isPaletteKept: before?.isPaletteKept ?? true,
    }
    this.#psnr = psnr
    this.#picture = detail
    return true
  }

  close(): void {
    this.#request += 1
    this.#picture = null
  }

  /** Before a stroke or a click: what undo comes back to. */
  mark(): void {
    this.#past = [...this.#past.slice(-99), this.#now]
    this.#future = []
  }

  undo(): void {
    const last = this.#past.at(-1)
    if (last === undefined) return
    this.#future = [...this.#future, this.#now]
    this.#past = this.#past.slice(0, -1)
    this.#now = last
  }

  redo(): void {
    const next = this.#future.at(-1)
    if (next === undefined) return
    this.#past = [...this.#past, this.#now]
    this.#future = this.#future.slice(0, -1)
    this.#now = next
  }

  keepRows(rows: number): void {
    this.#keep(keptCells({ kind: 'rows', rows }, this.#places))
  }

  /** Brushes the cells around one with the tool in hand. */
  paint(row: number, column: number): void {
    const { rows, columns } = this.#places
    if (this.#tool === 'rows') return this.keepRows(Math.min(rows, Math.max(0, row)))
    const reach = (this.#brush - 1) / 2
    const isKept = this.#tool === 'keep'
    this.#keep(
      this.kept.map((was, cell) => {
        const rowDistance = Math.abs(Math.floor(cell / columns) - row)
        const columnDistance = Math.abs((cell % columns) - column)
        const isInside = rowDistance <= reach && columnDistance <= reach
        return isInside ? isKept : was
      }),
    )
  }

  /**
   * Gives the cells between two corners, both included, to the brush in hand, in the mask as it was at the last `mark`: a box that is being
   * drawn leaves nothing behind where it was larger.
   */
  paintBox(corner: number, opposite: number): void {
    const { columns } = this.#places
    const [from, to] = [corner, opposite].map((cell) => ({ row: Math.floor(cell / columns), column: cell % columns }))
    if (from === undefined || to === undefined || this.#tool === 'rows') return
    const isBetween = (value: number, a: number, b: number) => value >= Math.min(a, b) && value <= Math.max(a, b)
    const isKept = this.#tool === 'keep'
    const before = this.#past.at(-1)?.cells ?? this.kept
    this.#keep(
      before.map((was, cell) => {
        const isRow = isBetween(Math.floor(cell / columns), from.row, to.row)
        return isRow && isBetween(cell % columns, from.column, to.column) ? isKept : was
      }),
    )
  }

  /** Everything before a cell stays, colours too: the picture is drawn again from there, as the model would go on. */
  async forkAt(picture: PictureSummary, cell: number): Promise<void> {
    if (!(await this.open(picture, null))) return
    this.#keep(this.kept.map((_, other) => other < cell))
    this.#tool = 'redraw'
  }

  keepAll(): void {
    this.#keep(this.kept.map(() => true))
  }
  keepNone(): void {
    this.#keep(this.kept.map(() => false))
  }
  invert(): void {
    this.#keep(this.kept.map((isKept) => !isKept))
  }
  /** Every place stays; the words choose new colours. */
  recolour(): void {
    this.keepAll()
    this.isPaletteKept = false
  }
  /** The colours stay; every place is drawn anew. */
  reshape(): void {
    this.keepNone()
    this.isPaletteKept = true
  }

  /** The mask as a request wants it: rows when it is whole rows from the top. */
  toImagePrompt(): ImagePrompt | null {
    if (this.#picture === null || !this.canDraw) return null
    const { rows, columns } = this.#places
    const firstFree = this.#firstFree === -1 ? rows * columns : this.#firstFree
    const isWholeRows = firstFree % columns === 0 && this.unseenCount === 0
    return {
      pictureId: this.#picture.id,
      keep: isWholeRows ? { kind: 'rows', rows: firstFree / columns } : { kind: 'mask', cells: [...this.kept] },
      ...(this.hasPalette ? { isPaletteKept: this.isPaletteKept } : {}),
    }
  }

  #keep(cells: readonly boolean[]): void {
    this.#now = { ...this.#now, cells }
  }
}

/** One flag per place for either way of saying what stays. */
export function keptCells(
  keep: ImagePrompt['keep'],
  grid: { readonly rows: number; readonly columns: number },
): readonly boolean[] {
  const count = grid.rows * grid.columns
  if (keep.kind === 'rows') return Array.from({ length: count }, (_, cell) => cell < keep.rows * grid.columns)
  return Array.from({ length: count }, (_, cell) => keep.cells[cell] ?? false)
}
