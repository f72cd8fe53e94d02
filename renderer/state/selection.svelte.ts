import { SvelteMap } from 'svelte/reactivity'

import type { PictureId } from '#app/domain/ids.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

interface ListOfPictures {
  at(place: number): PictureSummary | undefined
  /** −1 when it is not in the list. */
  indexOf(id: PictureId): number
}

/** Pictures of the library chosen to do something with together. */
export class Selection {
  readonly #chosen = new SvelteMap<PictureId, PictureSummary>()
  /** The picture that a range starts at. By its id: places change with the list. */
  #anchor: PictureId | null = null

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

  /** A later range starts at this picture. */
  toggle(picture: PictureSummary): void {
    if (!this.#chosen.delete(picture.id)) this.#chosen.set(picture.id, picture)
    this.#anchor = picture.id
  }

  /** Everything between the picture toggled last and this place; the picture at the place alone when that one is not in the list. */
  extend(place: number, list: ListOfPictures): void {
    const start = this.#anchor === null ? -1 : list.indexOf(this.#anchor)
    const [from, to] = start === -1 ? [place, place] : place < start ? [place, start] : [start, place]
    if (start === -1) this.#anchor = list.at(place)?.id ?? null
    for (let between = from; between <= to; between += 1) {
      const picture = list.at(between)
      if (picture !== undefined) this.#chosen.set(picture.id, picture)
    }
  }

  chooseAll(pictures: readonly PictureSummary[]): void {
    this.clear()
    for (const picture of pictures) this.#chosen.set(picture.id, picture)
  }

  /** Pictures that are gone. */
  drop(ids: readonly PictureId[]): void {
    for (const id of ids) this.#chosen.delete(id)
  }

  clear(): void {
    this.#chosen.clear()
    this.#anchor = null
  }
}
