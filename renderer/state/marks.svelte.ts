import { SvelteSet } from 'svelte/reactivity'

import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationSummary } from '#app/domain/generation.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { FoundPicture } from '#app/domain/organising.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** What a person has said of pictures, as far as this page knows: stars, and what went into the trash. */
export class Marks {
  readonly #connection: Connection
  readonly #notices: Notices
  /** Not reactive themselves: a page of 200 pictures is noted at once, often in the middle of a fling. */
  readonly #ratings = new Map<PictureId, number>()
  /** Changes with every rating that someone may have looked at. */
  #version = $state(0)
  /** Looked at before they were known. */
  readonly #missed = new Set<PictureId>()
  readonly #trash = new SvelteSet<PictureId>()
  /** The pictures deleted last, while that can still be undone with one click. */
  #undoable = $state.raw<readonly PictureId[]>([])

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
    connection.listen((event) => this.#hear(event))
  }

  get undoable(): readonly PictureId[] {
    return this.#undoable
  }

  /** 1–5 stars; 0 = none, or not known. */
  rating(id: PictureId): number {
    const known = this.#version >= 0 ? this.#ratings.get(id) : undefined
    if (known === undefined) this.#missed.add(id)
    return known ?? 0
  }
  isInTrash(id: PictureId): boolean {
    return this.#trash.has(id)
  }

  learn(pictures: readonly FoundPicture[]): void {
    this.#note(pictures.map(({ id, rating }) => [id, rating]))
  }

  #note(ratings: readonly (readonly [PictureId, number])[]): void {
    let isSeen = false
    for (const [id, rating] of ratings) {
      const known = this.#ratings.get(id)
      const wasMissed = this.#missed.delete(id)
      if (known === undefined ? wasMissed && rating !== 0 : known !== rating) isSeen = true
      this.#ratings.set(id, rating)
    }
    if (isSeen) this.#version += 1
  }

  /** What another window, or this one, has said. */
  #hear(event: StudioEvent): void {
    if (event.type === 'picturesRated') this.#note(event.pictureIds.map((id) => [id, event.rating]))
    if (event.type === 'picturesDeleted') for (const id of event.pictureIds) this.#trash.add(id)
    if (event.type !== 'picturesRestored') return
    for (const id of event.pictureIds) this.#trash.delete(id)
    const restored = new Set(event.pictureIds)
    this.#undoable = this.#undoable.filter((id) => !restored.has(id))
  }

  /** Stars of a run's pictures: lists of candidates come without them. */
  async readRun(generation: GenerationSummary): Promise<void> {
    await this.#notices.guard(async () => {
      const page = await this.#connection.api.findPictures({ filter: { generationId: generation.id }, limit: 500 })
      this.learn(page.items)
    })
  }

  /** Shown at once, and taken back when the library refuses. The same stars again take them away. */
  async rate(ids: readonly PictureId[], stars: number): Promise<void> {
    if (ids.length === 0) return
    const rating = ids.every((id) => this.rating(id) === stars) ? 0 : stars
    const before = ids.map((id) => [id, this.rating(id)] as const)
    this.#note(ids.map((id) => [id, rating]))
    const done = await this.#notices.guard(async () => {
      await this.#connection.api.ratePictures({ pictureIds: ids, rating })
      return true
    })
    if (done === undefined) this.#note(before)
  }

  /** Into the trash. */
  async remove(ids: readonly PictureId[]): Promise<void> {
    if (ids.length === 0) return
    await this.#notices.guard(async () => {
      await this.#connection.api.deletePictures({ pictureIds: ids })
      for (const id of ids) this.#trash.add(id)
      this.#undoable = ids
    })
  }

  async restore(ids: readonly PictureId[]): Promise<void> {
    await this.#notices.guard(async () => {
      await this.#connection.api.restorePictures({ pictureIds: ids })
      for (const id of ids) this.#trash.delete(id)
      this.#undoable = []
    })
  }

  forgetUndo(): void {
    this.#undoable = []
  }
}
