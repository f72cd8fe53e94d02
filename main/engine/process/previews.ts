import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import { placesOf } from '#app/kernels/token-geometry.ts'

import type { LoadedPack } from './loaded-pack.ts'
import { drawGrids } from './pixels.ts'
import type { Swatches } from './swatches.ts'

/** Share of the decoding time that the decoder's pictures of unfinished candidates may take. */
const share = 0.1
/** Pictures drawn at once at most: a cancel waits for them. */
const mostAtOnce = 2
/** Mid grey: what is not drawn yet. */
const undrawn = 128

/**
 * Pictures of a chunk of unfinished candidates. Each finished row shows at once, as swatches of its codes; after each row
 * the decoder redraws as many candidates as the run can afford, the next ones in turn. The first row of places always gets
 * one; where a palette leaves codes without a look of their own the others follow beside the steps of the next row (`glance`), so that the
 * first picture does not wait for them. A palette row shows nothing yet.
 */
export class PreviewDrawer {
  readonly #pack: LoadedPack
  readonly #swatches: () => Swatches | null
  readonly #canvases: RgbPicture[]
  /** Rows of each canvas that show something. */
  readonly #shown: number[]
  #next = 0
  #drawn = 0
  /** Candidates that show something new since the last message. */
  readonly #changed = new Set<number>()
  #rowsDone = 0
  #decoderSeconds = 0

  /** @param swatches asked at every row: they may become ready in the middle of a run */
  constructor(pack: LoadedPack, swatches: () => Swatches | null, candidates: number) {
    const { width, height } = pack.manifest.picture
    this.#pack = pack
    this.#swatches = swatches
    this.#shown = Array.from({ length: candidates }, () => 0)
    this.#canvases = Array.from({ length: candidates }, () => ({
      width,
      height,
      pixels: new Uint8Array(width * height * 3).fill(undrawn),
    }))
  }

  /** Seconds the decoder has spent on previews so far. */
  get seconds(): number {
    return this.#decoderSeconds
  }

  /**
   * @param grids codes of each candidate of the chunk
   * @param rowsDone finished rows of tokens, the palette's among them
   * @param decodeSeconds spent on decoding this chunk so far, without previews
   * @returns a picture for each candidate that shows something new, null for the others; null when there is nothing new
   */
  async draw(
    grids: readonly Uint16Array[],
    rowsDone: number,
    decodeSeconds: number,
  ): Promise<readonly (RgbPicture | null)[] | null> {
    const { rows, paletteRows = 0 } = this.#pack.manifest.image
    if (rowsDone >= rows || rowsDone <= paletteRows) return null
    const swatches = this.#swatches()
    if (swatches !== null) grids.forEach((grid, index) => this.#paint(swatches, grid, index, rowsDone))
    this.#rowsDone = rowsDone
    await this.#redraw(grids, rowsDone, this.#affordable(decodeSeconds))
    if (this.#changed.size === 0) return null
    const previews = this.#canvases.map((canvas, index) => (this.#changed.has(index) ? canvas : null))
    this.#changed.clear()
    return previews
  }

  /**
   * Beside a step: draws what is done of candidates that show nothing yet, a few at a time. They are sent with the next row.
   * @param grids as for `draw`
   */
  async glance(grids: readonly Uint16Array[]): Promise<void> {
    const { paletteRows } = this.#pack.manifest.image
    const unseen = paletteRows === undefined || this.#rowsDone === 0 ? 0 : this.#canvases.length - this.#drawn
    if (unseen > 0) await this.#redraw(grids, this.#rowsDone, Math.min(mostAtOnce, unseen))
  }

  /** Paints the rows that do not show yet. */
  #paint(swatches: Swatches, grid: Uint16Array, index: number, rowsDone: number): void {
    const { columns } = this.#pack.manifest.image
    const pixels = this.#canvases[index]?.pixels.slice() ?? new Uint8Array()
    for (let row = this.#shown[index] ?? 0; row < rowsDone; row++) {
      swatches.paintRow(pixels, grid.subarray(row * columns, (row + 1) * columns), row)
    }
    this.#show(index, pixels, rowsDone)
  }

  #affordable(decodeSeconds: number): number {
    if (this.#drawn === 0) return 1
    const budget = share * decodeSeconds - this.#decoderSeconds
    return Math.max(
      0,
      Math.min(mostAtOnce, this.#canvases.length, Math.floor((budget * this.#drawn) / this.#decoderSeconds)),
    )
  }

  async #redraw(grids: readonly Uint16Array[], rowsDone: number, count: number): Promise<void> {
    if (count === 0) return
    const { image, picture } = this.#pack.manifest
    const started = performance.now()
    const chosen = Array.from({ length: count }, (_, i) => (this.#next + i) % grids.length)
    const cropped = chosen.map((index) => withMargin(grids[index] ?? new Uint16Array(), rowsDone, image.columns))
    const pictures = await drawGrids(this.#pack, cropped)
    const { rows, first } = placesOf({ paletteRows: 0, ...image })
    const lines = Math.floor((picture.height * (rowsDone - first / image.columns)) / rows)
    chosen.forEach((index, i) => {
      const pixels = new Uint8Array(picture.width * picture.height * 3).fill(undrawn)
      pixels.set(pictures[i]?.pixels.subarray(0, lines * picture.width * 3) ?? [])
      this.#show(index, pixels, rowsDone)
    })
    this.#next = (this.#next + count) % grids.length
    this.#drawn += count
    this.#decoderSeconds += (performance.now() - started) / 1000
  }

  #show(index: number, pixels: Uint8Array, rowsDone: number): void {
    const { width, height } = this.#pack.manifest.picture
    this.#canvases[index] = { width, height, pixels }
    this.#shown[index] = rowsDone
    this.#changed.add(index)
  }
}

/** The finished rows and, below them, the last one once more: a convolution at their edge then sees something like a picture. */
function withMargin(grid: Uint16Array, rowsDone: number, columns: number): Uint16Array {
  const cropped = new Uint16Array((rowsDone + 1) * columns)
  cropped.set(grid.subarray(0, rowsDone * columns))
  cropped.set(grid.subarray((rowsDone - 1) * columns, rowsDone * columns), rowsDone * columns)
  return cropped
}
