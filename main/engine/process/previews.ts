import type { RgbPicture } from '#app/contract/engine-protocol.ts'

import type { LoadedPack } from './loaded-pack.ts'
import { drawGrids } from './pixels.ts'

/** Share of the decoding time that pictures of unfinished candidates may take. */
const share = 0.1
/** Mid grey: what is not drawn yet. */
const undrawn = 128

/**
 * Pictures of a chunk of unfinished candidates. After each row it redraws as many as the run can afford, the next ones in
 * turn; the others keep their last state. The first row always gets one, so that something is seen early.
 */
export class PreviewDrawer {
  readonly #pack: LoadedPack
  readonly #canvases: RgbPicture[]
  #next = 0
  #drawn = 0
  #seconds = 0

  constructor(pack: LoadedPack, candidates: number) {
    const { width, height } = pack.manifest.picture
    this.#pack = pack
    this.#canvases = Array.from({ length: candidates }, () => ({
      width,
      height,
      pixels: new Uint8Array(width * height * 3).fill(undrawn),
    }))
  }

  /** Seconds spent on previews so far. */
  get seconds(): number {
    return this.#seconds
  }

  /**
   * @param grids codes of each candidate of the chunk
   * @param rowsDone finished rows
   * @param decodeSeconds spent on decoding this chunk so far, without previews
   * @returns one picture per candidate, or null when none has changed
   */
  async draw(
    grids: readonly Uint16Array[],
    rowsDone: number,
    decodeSeconds: number,
  ): Promise<readonly RgbPicture[] | null> {
    const { rows, columns } = this.#pack.manifest.image
    const count = this.#affordable(decodeSeconds)
    if (rowsDone >= rows || count === 0) return null
    const started = performance.now()
    const chosen = Array.from({ length: count }, (_, i) => (this.#next + i) % grids.length)
    const cropped = chosen.map((index) => withMargin(grids[index] ?? new Uint16Array(), rowsDone, columns))
    const pictures = await drawGrids(this.#pack, cropped)
    chosen.forEach((index, i) => this.#paint(index, pictures[i]?.pixels ?? new Uint8Array(), rowsDone / rows))
    this.#next = (this.#next + count) % grids.length
    this.#drawn += count
    this.#seconds += (performance.now() - started) / 1000
    return [...this.#canvases]
  }

  #affordable(decodeSeconds: number): number {
    if (this.#drawn === 0) return 1
    const budget = share * decodeSeconds - this.#seconds
    return Math.max(0, Math.min(this.#canvases.length, Math.floor((budget * this.#drawn) / this.#seconds)))
  }

  #paint(index: number, pixels: Uint8Array, doneShare: number): void {
    const { width, height } = this.#pack.manifest.picture
    const canvas = new Uint8Array(width * height * 3).fill(undrawn)
    canvas.set(pixels.subarray(0, Math.floor(height * doneShare) * width * 3))
    this.#canvases[index] = { width, height, pixels: canvas }
  }
}

/** The finished rows and, below them, the last one once more: a convolution at their edge then sees something like a picture. */
function withMargin(grid: Uint16Array, rowsDone: number, columns: number): Uint16Array {
  const cropped = new Uint16Array((rowsDone + 1) * columns)
  cropped.set(grid.subarray(0, rowsDone * columns))
  cropped.set(grid.subarray((rowsDone - 1) * columns, rowsDone * columns), rowsDone * columns)
  return cropped
}
