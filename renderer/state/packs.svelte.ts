import type { PackId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { UpscalerSummary } from '#app/domain/upscaler.ts'
import type { PictureDetail } from '#app/domain/picture.ts'
import { paletteColours, type Colour } from '#app/kernels/palette-colours.ts'
import { placesOf, type Places } from '#app/kernels/token-geometry.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

type Grid = Pick<PictureDetail, 'rows' | 'columns' | 'width' | 'height' | 'pack'>

/** Cells are square, so rows beyond those that fill the picture are a palette's. */
function paletteRowsByShape({ rows, columns, width, height }: Grid): number {
  const more = rows - (columns * height) / width
  return Number.isInteger(more) && more > 0 && more < rows ? more : 0
}

/** The packs that are installed. */
export class Packs {
  readonly #connection: Connection
  readonly #notices: Notices
  #items = $state.raw<readonly PackSummary[]>([])
  #upscalers = $state.raw<readonly UpscalerSummary[]>([])
  #isLoaded = $state(false)

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
    connection.listen((event) => {
      if (event.type === 'packsChanged') void this.load()
    })
    connection.onReconnect(() => void this.load())
  }

  get items(): readonly PackSummary[] {
    return this.#items
  }
  /** Packs that enlarge exports. None of them draws, so none is among `items`. */
  get upscalers(): readonly UpscalerSummary[] {
    return this.#upscalers
  }
  get isLoaded(): boolean {
    return this.#isLoaded
  }
  get default(): PackSummary | undefined {
    return this.find(this.#connection.info?.defaultPackId ?? null) ?? this.#items[0]
  }

  upscalerName(id: string): string {
    return this.#upscalers.find((upscaler) => upscaler.id === id)?.name ?? id
  }

  find(id: PackId | null): PackSummary | undefined {
    return this.#items.find((pack) => pack.id === id)
  }

  /** Where a picture's colours end and its places begin, whether or not its pack is still there. */
  placesOf(picture: Grid): Places {
    const pack = this.#packOf(picture)
    return placesOf({ ...picture, paletteRows: pack?.paletteRows ?? paletteRowsByShape(picture) })
  }

  /** A picture's colours: background, main colour, accents. None without a palette, and none known when the pack is gone. */
  coloursOf(picture: PictureDetail): readonly Colour[] {
    const levels = this.#packOf(picture)?.paletteLevels ?? 0
    if (levels === 0) return []
    const colours = paletteColours(picture.tokens.slice(0, this.placesOf(picture).first), levels)
    // An accent that is not used is black.
    const last = colours.findLastIndex((colour, place) => place < 2 || colour.some((channel) => channel > 0))
    return colours.slice(0, last + 1)
  }

  #packOf(picture: Grid): PackSummary | undefined {
    return this.#items.find(({ sha256 }) => sha256 === picture.pack.sha256)
  }

  async load(): Promise<void> {
    await this.#notices.guard(async () => {
      await this.#connection.refreshInfo()
      this.#items = await this.#connection.api.listPacks()
      this.#upscalers = await this.#connection.api.listUpscalers()
    })
    this.#isLoaded = true
  }
}
