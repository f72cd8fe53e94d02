import type { ImagePrompt } from '#app/domain/generation.ts'
import type { PictureDetail, PictureSummary } from '#app/domain/picture.ts'

import type { Viewer } from './viewer.svelte.ts'

export const tools = ['rows', 'redraw', 'keep'] as const
/** `rows`: everything above a line stays. `redraw`, `keep`: brush cells out of or into what stays. */
export type Tool = (typeof tools)[number]

/**
 * A picture as part of a prompt: which cells of its token grid stay and which are drawn anew.
 * Undo holds whole masks: a mask is at most a few thousand flags.
 */
export class Editor {
  readonly #viewer: Viewer
  #picture = $state.raw<PictureDetail | null>(null)
  #kept = $state.raw<readonly boolean[]>([])
  #past = $state.raw<readonly (readonly boolean[])[]>([])
  #future = $state.raw<readonly (readonly boolean[])[]>([])
  #tool = $state<Tool>('rows')
  #psnr = $state<number | null>(null)
  #brush = $state(1)

  readonly #firstFree = $derived(this.#kept.indexOf(false))

  constructor(viewer: Viewer) {
    this.#viewer = viewer
  }

  get isOpen(): boolean {
    return this.#picture !== null
  }
  get picture(): PictureDetail | null {
    return this.#picture
  }
  /** Peak signal-to-noise ratio in dB of the picture as the model sees it; null for its own. */
  get psnr(): number | null {
    return this.#psnr
  }
  /** One flag per cell in raster order; true = stays. */
  get kept(): readonly boolean[] {
    return this.#kept
  }
  /** The first cell drawn anew, in raster order; −1 when everything stays. What is kept after it is out of its sight. */
  get firstFree(): number {
    return this.#firstFree
  }
  get keptCount(): number {
    return this.#kept.filter(Boolean).length
  }
  /** Kept cells that some redrawn cell before them cannot see. */
  get unseenCount(): number {
    return this.#firstFree === -1 ? 0 : this.#kept.slice(this.#firstFree).filter(Boolean).length
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

  /** @param psnr loss of encoding in dB, for a picture that came from outside */
  async open(picture: PictureSummary, current: ImagePrompt | null, psnr: number | null = null): Promise<void> {
    const detail = await this.#viewer.read(picture.id)
    if (detail === undefined) return
    this.#past = []
    this.#future = []
    this.#kept = keptCells(
      current?.pictureId === detail.id ? current.keep : { kind: 'rows', rows: Math.floor(detail.rows / 2) },
      detail,
    )
    this.#psnr = psnr
    this.#picture = detail
  }

  close(): void {
    this.#picture = null
  }

  /** Before a stroke or a click: what undo comes back to. */
  mark(): void {
    this.#past = [...this.#past.slice(-99), this.#kept]
    this.#future = []
  }

  undo(): void {
    const last = this.#past.at(-1)
    if (last === undefined) return
    this.#future = [...this.#future, this.#kept]
    this.#past = this.#past.slice(0, -1)
    this.#kept = last
  }

  redo(): void {
    const next = this.#future.at(-1)
    if (next === undefined) return
    this.#past = [...this.#past, this.#kept]
    this.#future = this.#future.slice(0, -1)
    this.#kept = next
  }

  keepRows(rows: number): void {
    if (this.#picture !== null) this.#kept = keptCells({ kind: 'rows', rows }, this.#picture)
  }

  /** Brushes the cells around one with the tool in hand. */
  paint(row: number, column: number): void {
    if (this.#picture === null) return
    const { rows, columns } = this.#picture
    if (this.#tool === 'rows') return this.keepRows(Math.min(rows, Math.max(0, row)))
    const reach = (this.#brush - 1) / 2
    const isKept = this.#tool === 'keep'
    this.#kept = this.#kept.map((was, cell) => {
      const rowDistance = Math.abs(Math.floor(cell / columns) - row)
      const columnDistance = Math.abs((cell % columns) - column)
      const isInside = rowDistance <= reach && columnDistance <= reach
      return isInside ? isKept : was
    })
  }

  /** Everything before a cell stays: the picture is drawn again from there, as the model would go on. */
  async forkAt(picture: PictureSummary, cell: number): Promise<void> {
    await this.open(picture, null)
    this.#kept = this.#kept.map((_, other) => other < cell)
    this.#tool = 'redraw'
  }

  keepAll(): void {
    this.#kept = this.#kept.map(() => true)
  }
  keepNone(): void {
    this.#kept = this.#kept.map(() => false)
  }
  invert(): void {
    this.#kept = this.#kept.map((isKept) => !isKept)
  }

  /** The mask as a request wants it: rows when it is whole rows from the top. */
  toImagePrompt(): ImagePrompt | null {
    if (this.#picture === null || this.#firstFree === -1) return null
    const { id, columns } = this.#picture
    const isWholeRows = this.#firstFree % columns === 0 && this.unseenCount === 0
    return isWholeRows
      ? { pictureId: id, keep: { kind: 'rows', rows: this.#firstFree / columns } }
      : { pictureId: id, keep: { kind: 'mask', cells: [...this.#kept] } }
  }
}

/** One flag per cell for either way of saying what stays. */
export function keptCells(
  keep: ImagePrompt['keep'],
  grid: { readonly rows: number; readonly columns: number },
): readonly boolean[] {
  const count = grid.rows * grid.columns
  if (keep.kind === 'rows') return Array.from({ length: count }, (_, cell) => cell < keep.rows * grid.columns)
  return Array.from({ length: count }, (_, cell) => keep.cells[cell] ?? false)
}
