import type { PictureId } from '#app/domain/ids.ts'
import type { PictureDetail, PictureSummary } from '#app/domain/picture.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** The pictures that arrow keys walk through: those of a run, or of the library. */
export interface Neighbours {
  readonly count: number
  /** Undefined past the ends, and where a long list is not read yet. */
  at(index: number): PictureSummary | undefined
  indexOf(id: PictureId): number
  /** Reads the places from `first` up to `end`; left out by lists that are whole. */
  ensure?(first: number, end: number): Promise<void>
}

/** Pictures either side of the one looked at that are read ahead: those of the strip below it. */
export const reach = 8

export const overlays = ['none', 'grid', 'heat'] as const
export type Overlay = (typeof overlays)[number]

const detailsKept = 60

/** The one picture looked at closely, and everything that made it. */
export class Viewer {
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #details = new Map<PictureId, PictureDetail>()
  /** How often details have been forgotten: an answer that was asked for before may be older than what changed. */
  #changes = 0
  #picture = $state.raw<PictureSummary | null>(null)
  #detail = $state.raw<PictureDetail | null>(null)
  #neighbours = $state.raw<Neighbours | null>(null)
  #overlay = $state<Overlay>('none')

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
    connection.listen((event) => {
      // Rank, score and state of the run may be others now.
      if (event.type === 'generationEnded') this.#forget((detail) => detail.generation.id === event.generation.id)
      if (event.type === 'libraryReplaced' || event.type === 'rescoringChanged') this.#forget(() => true)
    })
  }

  get isOpen(): boolean {
    return this.#picture !== null
  }
  get picture(): PictureSummary | null {
    return this.#picture
  }
  /** Null until the studio has answered. */
  get detail(): PictureDetail | null {
    return this.#detail
  }
  get neighbours(): Neighbours | null {
    return this.#neighbours
  }
  get overlay(): Overlay {
    return this.#overlay
  }
  set overlay(overlay: Overlay) {
    this.#overlay = overlay
  }

  open(picture: PictureSummary, neighbours: Neighbours): void {
    this.#neighbours = neighbours
    this.#show(picture)
  }

  /**
   * @param distance −1 the one before, 1 the next; nothing happens past either end. A place of a long list that is not read
   * yet is read first; a key held down meanwhile asks for the same place again.
   */
  async step(distance: number): Promise<void> {
    const [from, list] = [this.#picture, this.#neighbours]
    if (from === null || list === null) return
    const place = list.indexOf(from.id) + distance
    if (place < 0 || place >= list.count) return
    if (list.at(place) === undefined) await list.ensure?.(place, place + 1)
    const next = list.at(place)
    // Reading takes its time: whoever has gone elsewhere by then stays there.
    if (next !== undefined && this.#picture === from && this.#neighbours === list) this.#show(next)
  }

  /** A detail that came with another answer. */
  learn(detail: PictureDetail): void {
    this.#details.set(detail.id, detail)
  }

  close(): void {
    this.#picture = null
    this.#detail = null
  }

  async read(id: PictureId): Promise<PictureDetail | undefined> {
    const known = this.#details.get(id)
    if (known !== undefined) return known
    const changes = this.#changes
    const detail = await this.#notices.guard(() => this.#connection.api.getPicture({ pictureId: id }))
    if (detail === undefined) return undefined
    if (changes !== this.#changes) return this.read(id)
    this.#details.set(id, detail)
    for (const old of this.#details.keys()) {
      if (this.#details.size <= detailsKept) break
      this.#details.delete(old)
    }
    return detail
  }

  #forget(isOld: (detail: PictureDetail) => boolean): void {
    this.#changes += 1
    for (const [id, detail] of this.#details) if (isOld(detail)) this.#details.delete(id)
    if (this.#picture !== null && this.#detail !== null && isOld(this.#detail)) this.#readDetail(this.#picture.id)
  }

  #show(picture: PictureSummary): void {
    this.#picture = picture
    const place = this.#neighbours?.indexOf(picture.id) ?? -1
    if (place >= 0) void this.#neighbours?.ensure?.(Math.max(0, place - reach), place + reach + 1)
    this.#detail = this.#details.get(picture.id) ?? null
    this.#readDetail(picture.id)
  }

  #readDetail(id: PictureId): void {
    void this.read(id).then((detail) => {
      if (detail !== undefined && this.#picture?.id === detail.id) this.#detail = detail
    })
  }
}
