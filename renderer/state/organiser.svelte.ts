import type { LibraryHealth } from '#app/contract/library-calls.ts'
import type { Page } from '#app/contract/page.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { CollectionId, CollectionSummary, FoundPicture } from '#app/domain/organising.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** A tag and how many pictures wear it. */
export interface TagCount {
  readonly name: string
  readonly pictures: number
}

/** Collections, tags, and the health of the library: what is about many pictures at once. */
export class Organiser {
  readonly #connection: Connection
  readonly #notices: Notices
  #collections = $state.raw<readonly CollectionSummary[]>([])
  #tags = $state.raw<readonly TagCount[]>([])
  #health = $state.raw<LibraryHealth | null>(null)
  #isBackingUp = $state(false)
  #isLoaded = false
  #isReadingSoon = false

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
    connection.listen((event) => {
      if (event.type === 'collectionsChanged' || event.type === 'picturesTagged') this.#readSoon()
    })
  }

  get collections(): readonly CollectionSummary[] {
    return this.#collections
  }
  get tags(): readonly TagCount[] {
    return this.#tags
  }
  get health(): LibraryHealth | null {
    return this.#health
  }
  get isBackingUp(): boolean {
    return this.#isBackingUp
  }

  /** Several changes that come together are read once; nothing is read for a place that nobody has opened. */
  #readSoon(): void {
    if (!this.#isLoaded || this.#isReadingSoon) return
    this.#isReadingSoon = true
    queueMicrotask(() => {
      this.#isReadingSoon = false
      void this.load()
    })
  }

  async load(): Promise<void> {
    this.#isLoaded = true
    await this.#notices.guard(async () => {
      const { api } = this.#connection
      ;[this.#collections, this.#tags] = await Promise.all([api.listCollections(), api.listTags()])
    })
  }

  async loadHealth(): Promise<void> {
    await this.#notices.guard(async () => {
      this.#health = await this.#connection.api.getLibraryHealth()
    })
  }

  async backUp(): Promise<void> {
    this.#isBackingUp = true
    await this.#notices.guard(() => this.#connection.api.backupLibrary())
    this.#isBackingUp = false
    await this.loadHealth()
  }

  async createCollection(name: string, pictures: readonly PictureId[]): Promise<void> {
    await this.#notices.guard(async () => {
      const { id } = await this.#connection.api.createCollection({ name })
      if (pictures.length > 0) await this.#connection.api.changeCollection({ collectionId: id, add: pictures })
    })
    await this.load()
  }

  async collect(collectionId: CollectionId, pictures: readonly PictureId[]): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.changeCollection({ collectionId, add: pictures }))
    await this.load()
  }

  /** Its pictures stay. */
  async removeCollection(collectionId: CollectionId): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.removeCollection({ collectionId }))
    await this.load()
  }

  async tag(
    pictureIds: readonly PictureId[],
    add: readonly string[],
    remove: readonly string[] = [],
  ): Promise<boolean> {
    const done = await this.#notices.guard(async () => {
      await this.#connection.api.changeTags({ pictureIds, add, remove })
      return true
    })
    await this.load()
    return done ?? false
  }

  /** Puts a tag on pictures. @returns those that did not wear it, for an undo; none where it failed */
  async putOn(tag: string, ids: readonly PictureId[]): Promise<readonly PictureId[]> {
    const wearing = await this.#wearing(tag)
    const changed = ids.filter((id) => wearing?.has(id) === false)
    return changed.length > 0 && (await this.tag(changed, [tag])) ? changed : []
  }

  /** Takes a tag off pictures. @returns those that wore it, for an undo; none where it failed */
  async takeOff(tag: string, ids: readonly PictureId[]): Promise<readonly PictureId[]> {
    const wearing = await this.#wearing(tag)
    const changed = ids.filter((id) => wearing?.has(id) === true)
    return changed.length > 0 && (await this.tag(changed, [], [tag])) ? changed : []
  }

  /** All pictures with a tag, in the trash or not; undefined where they could not be read. */
  async #wearing(tag: string): Promise<ReadonlySet<PictureId> | undefined> {
    const ids = new Set<PictureId>()
    return this.#notices.guard(async () => {
      for (const isDeleted of [undefined, true]) {
        const filter = { tags: [tag], ...(isDeleted === true && { isDeleted }) }
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page: Page<FoundPicture> = await this.#connection.api.findPictures({ filter, cursor, limit: 500 })
          for (const { id } of page.items) ids.add(id)
          cursor = page.nextCursor
        }
      }
      return ids
    })
  }

  /** Details come without tags: they are asked for with its run. */
  async tagsOf({ id, generationId }: PictureSummary): Promise<readonly string[]> {
    const filter = { generationId }
    const page = await this.#notices.guard(() => this.#connection.api.findPictures({ filter, limit: 500 }))
    return page?.items.find((found) => found.id === id)?.tags ?? []
  }
}
