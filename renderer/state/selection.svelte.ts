import { SvelteMap } from 'svelte/reactivity'

import type { PictureId } from '#app/domain/ids.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

/** Pictures of the library chosen to do something with together. */
export class Selection {
  readonly #chosen = new SvelteMap<PictureId, PictureSummary>()
  #anchor = 0

  get size(): number {
    return this.#chosen.size
  }
  get pictures(): readonly PictureSummary[] {
    return [...this.#chosen.values()]
  }
  get ids(): readonly PictureId[] {
    return [...this.#chosen.keys()]
  }

  has(id: PictureId): boolean {
    return this.#chosen.has(id)
  }

  /** @param place where the picture stands in its list: a later range starts there */
  toggle(picture: PictureSummary, place: number): void {
    if (!this.#chosen.delete(picture.id)) this.#chosen.set(picture.id, picture)
    this.#anchor = place
  }

  /** Everything between the picture toggled last and this place. */
  extend(place: number, at: (place: number) => PictureSummary | undefined): void {
    const [from, to] = place < this.#anchor ? [place, this.#anchor] : [this.#anchor, place]
    for (let between = from; between <= to; between += 1) {
      const picture = at(between)
      if (picture !== undefined) this.#chosen.set(picture.id, picture)
    }
  }

  chooseAll(pictures: readonly PictureSummary[]): void {
    this.#chosen.clear()
    for (const picture of pictures) this.#chosen.set(picture.id, picture)
  }

  clear(): void {
    this.#chosen.clear()
  }
}
