import type { ListedPicture } from '#renderer/state/list-places.svelte.ts'

/** A picture of the list and its place there. */
export interface Tile {
  readonly index: number
  readonly picture: ListedPicture
}

/** A node of the grid, given to one picture after another. */
export class TileSlot {
  #tile = $state.raw<Tile | null>(null)
  #isHidden = $state(false)

  /** Null before the first picture. */
  get tile(): Tile | null {
    return this.#tile
  }
  /** There is no picture at its place any more. The node stays for the next one: making it anew would cost more. */
  get isHidden(): boolean {
    return this.#isHidden
  }

  show(tile: Tile): void {
    this.#tile = tile
    this.#isHidden = false
  }
  hide(): void {
    this.#isHidden = true
  }
}

/** The places `first … end − 1` of a list of `count`; those around `middle` are wanted most. */
export interface Span {
  readonly first: number
  readonly end: number
  readonly count: number
  readonly middle: number
}

/**
 * As many nodes as a screen can need. One that has not been given to the picture of its new place yet keeps the old
 * picture at the old place, out of sight: a frame gives away only as many as it has time for.
 */
export class TileSlots {
  #all = $state.raw<readonly TileSlot[]>([])

  get all(): readonly TileSlot[] {
    return this.#all
  }

  resize(count: number): void {
    if (count === this.#all.length) return
    const kept = this.#all.slice(0, count)
    // Places are shared out anew; a picture must not be at two.
    for (const [number, slot] of kept.entries())
      if (slot.tile !== null && slot.tile.index % count !== number) slot.hide()
    this.#all = [...kept, ...Array.from({ length: count - kept.length }, () => new TileSlot())]
  }

  /**
   * Gives nodes to the pictures of a span, at most so many to new places. A place whose picture changed, as in another
   * list, is put right in any case.
   * @param most Infinity = all of them
   */
  fill(
    span: Span,
    most: number,
    at: (index: number) => ListedPicture | undefined,
  ): { readonly given: number; readonly left: number } {
    for (const slot of this.#all) if ((slot.tile?.index ?? 0) >= span.count) slot.hide()
    const waiting: { readonly slot: TileSlot; readonly tile: Tile }[] = []
    for (let index = span.first; index < span.end; index += 1) {
      const slot = this.#all[index % this.#all.length]
      const picture = at(index)
      if (slot === undefined) continue
      const isInPlace = slot.tile?.index === index && !slot.isHidden
      if (isInPlace && slot.tile?.picture === picture) continue
      if (picture !== undefined && isInPlace) slot.show({ index, picture })
      else if (picture !== undefined) waiting.push({ slot, tile: { index, picture } })
      else if (isInPlace) slot.hide()
    }
    const distance = ({ tile }: (typeof waiting)[number]) => Math.abs(tile.index - span.middle)
    if (waiting.length > most) waiting.sort((a, b) => distance(a) - distance(b))
    const given = waiting.slice(0, most)
    for (const { slot, tile } of given) slot.show(tile)
    return { given: given.length, left: waiting.length - given.length }
  }
}
