import type { PictureId } from '#app/domain/ids.ts'
import type { FoundPicture } from '#app/domain/organising.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

/** A picture in the list; one that has just been drawn has no marks yet. */
export type ListedPicture = PictureSummary & Partial<Pick<FoundPicture, 'runPictures'>>

/** Places `first … end − 1` of a list. */
export interface PlaceSpan {
  readonly first: number
  readonly end: number
}

/** A list with a place for every picture, most of them empty. It is filled in place: a million places are never copied. */
export class ListPlaces {
  #places: (ListedPicture | undefined)[] = []
  /** Changes with every change of the places, which are not reactive themselves. */
  #version = $state(0)
  #isCounted = $state(false)
  /** How often places have moved within the list. */
  #moves = 0

  get version(): number {
    return this.#version
  }
  get count(): number {
    return this.#version >= 0 ? this.#places.length : 0
  }
  get isCounted(): boolean {
    return this.#isCounted
  }
  /** Another number once places have moved: what was asked for by place before is too late. */
  get moves(): number {
    return this.#moves
  }

  at(index: number): ListedPicture | undefined {
    return this.#version >= 0 ? this.#places[index] : undefined
  }
  indexOf(id: PictureId): number {
    return this.#places.findIndex((picture) => picture?.id === id)
  }
  firstMissing({ first, end }: PlaceSpan): number | undefined {
    const last = Math.min(end, this.#places.length)
    for (let place = Math.max(0, first); place < last; place += 1) if (this.#places[place] === undefined) return place
    return undefined
  }

  /** Another list. @param total how many there are, or, where they are not counted yet, at least are */
  begin(pictures: readonly ListedPicture[], total: number, isCounted: boolean): void {
    this.#places = new Array<ListedPicture | undefined>(Math.max(total, pictures.length))
    for (const [place, picture] of pictures.entries()) this.#places[place] = picture
    this.#isCounted = isCounted
    this.#version += 1
  }

  /** @param isEnd nothing comes after these */
  fill(offset: number, pictures: readonly ListedPicture[], isEnd: boolean): void {
    for (const [place, picture] of pictures.entries()) this.#places[offset + place] = picture
    const read = offset + pictures.length
    if (isEnd) this.#places.length = read
    else if (!this.#isCounted) this.#places.length = Math.max(this.#places.length, read + 1)
    this.#isCounted ||= isEnd
    this.#version += 1
  }

  setTotal(total: number): void {
    this.#places.length = Math.max(total, this.#places.findLastIndex((picture) => picture !== undefined) + 1)
    this.#isCounted = true
    this.#version += 1
  }

  addFirst(picture: ListedPicture): void {
    this.#places.unshift(picture)
    this.#moves += 1
    this.#version += 1
  }

  drop(ids: readonly PictureId[]): void {
    const gone = new Set(ids)
    const kept: (ListedPicture | undefined)[] = []
    for (let index = 0; index < this.#places.length; index += 1) {
      const picture = this.#places[index]
      if (picture === undefined || !gone.has(picture.id)) kept.push(picture)
    }
    if (kept.length === this.#places.length) return
    this.#places = kept
    this.#moves += 1
    this.#version += 1
  }
}
