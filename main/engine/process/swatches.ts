import type { LoadedPack } from './loaded-pack.ts'
import { drawGrids } from './pixels.ts'

/** Beside typing and the first run, once for each loaded pack. */
const maxSeconds = 10

const swatchesByPack = new WeakMap<LoadedPack, { made: Swatches | null }>()

/** Null until they are made, which the first call starts, and for good when they would take too long (a large decoder). */
export function swatchesOf(pack: LoadedPack): Swatches | null {
  const known = swatchesByPack.get(pack)
  if (known !== undefined) return known.made
  const entry: { made: Swatches | null } = { made: null }
  swatchesByPack.set(pack, entry)
  Swatches.make(pack, maxSeconds).then(
    (made) => (entry.made = made),
    // A pack that cannot draw says so to who wants a picture.
    () => undefined,
  )
  return null
}

/**
 * What each code looks like on its own: a patch of the size of a grid cell. A row of them shows an unfinished picture, as a
 * mosaic, at no cost; the decoder's own picture replaces it where there is time.
 */
export class Swatches {
  readonly #patches: Uint8Array
  readonly #width: number
  readonly #height: number
  readonly #columns: number

  private constructor(patches: Uint8Array, width: number, height: number, columns: number) {
    this.#patches = patches
    this.#width = width
    this.#height = height
    this.#columns = columns
  }

  /**
   * Draws grids in which every code fills a block of 2 × 2 cells, and keeps what lies inside the block.
   * @param limitSeconds gives up (null) when the pictures so far say it would take longer, or cells are not whole pixels, or a code
   *   has no look of its own because a palette gives it its colours
   */
  static async make(pack: LoadedPack, limitSeconds: number): Promise<Swatches | null> {
    const { rows, columns, vocabulary, paletteRows } = pack.manifest.image
    if (paletteRows !== undefined) return null
    const [width, height] = [pack.manifest.picture.width / columns, pack.manifest.picture.height / rows]
    const blocksAcross = Math.floor(columns / 2)
    const perPicture = blocksAcross * Math.floor(rows / 2)
    if (!Number.isInteger(width) || !Number.isInteger(height) || perPicture === 0) return null
    const patches = new Uint8Array(vocabulary * width * height * 3)
    const pictureCount = Math.ceil(vocabulary / perPicture)
    const started = performance.now()
    // One picture at a time: other work of the process is done between two of them.
    for (let number = 0; number < pictureCount; number++) {
      const [picture] = await drawGrids(pack, [blockGrid(number * perPicture, vocabulary, rows, columns)])
      for (let block = 0; block < perPicture; block++) {
        const code = number * perPicture + block
        if (code >= vocabulary || picture === undefined) break
        const corner = { x: (block % blocksAcross) * 2 * width, y: Math.floor(block / blocksAcross) * 2 * height }
        const patch = patches.subarray(code * width * height * 3, (code + 1) * width * height * 3)
        copyInnerCell(picture.pixels, columns * width, corner, width, height, patch)
      }
      const elapsed = (performance.now() - started) / 1000
      if ((elapsed / (number + 1)) * pictureCount > limitSeconds) return null
    }
    return new Swatches(patches, width, height, columns)
  }

  /** Paints the codes of one grid row into a picture. @param pixels RGB, `columns × cell width` wide */
  paintRow(pixels: Uint8Array, codes: Uint16Array, row: number): void {
    const line = this.#columns * this.#width * 3
    codes.forEach((code, column) => {
      for (let y = 0; y < this.#height; y++) {
        const source = (code * this.#height + y) * this.#width * 3
        const target = (row * this.#height + y) * line + column * this.#width * 3
        pixels.set(this.#patches.subarray(source, source + this.#width * 3), target)
      }
    })
  }
}

/** Codes from `first` on, each in a block of 2 × 2 cells; cells outside the blocks repeat their neighbour. */
function blockGrid(first: number, vocabulary: number, rows: number, columns: number): Uint16Array {
  const blocksAcross = Math.floor(columns / 2)
  const blocksDown = Math.floor(rows / 2)
  return Uint16Array.from({ length: rows * columns }, (_, cell) => {
    const down = Math.min(blocksDown - 1, Math.floor(cell / columns / 2))
    const across = Math.min(blocksAcross - 1, Math.floor((cell % columns) / 2))
    return Math.min(vocabulary - 1, first + down * blocksAcross + across)
  })
}

/** Each half of the patch comes from the cell that has it inside the block, away from the neighbours' colours. */
function copyInnerCell(
  pixels: Uint8Array,
  pictureWidth: number,
  corner: { readonly x: number; readonly y: number },
  width: number,
  height: number,
  patch: Uint8Array,
): void {
  for (let y = 0; y < height; y++) {
    const fromY = corner.y + (y < height / 2 ? y + height : y)
    for (let x = 0; x < width; x++) {
      const fromX = corner.x + (x < width / 2 ? x + width : x)
      const source = (fromY * pictureWidth + fromX) * 3
      patch.set(pixels.subarray(source, source + 3), (y * width + x) * 3)
    }
  }
}
