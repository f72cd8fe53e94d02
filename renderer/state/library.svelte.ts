import type { PictureOrder } from '#app/contract/library-calls.ts'
import type { Page } from '#app/contract/studio-api.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { FoundPicture, PictureFilter } from '#app/domain/organising.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import type { Connection } from './connection.svelte.ts'
import type { Marks } from './marks.svelte.ts'
import type { Notices } from './notices.svelte.ts'

const firstPageSize = 200
const pageSize = 500
const typingPauseMs = 80
const alikeLimit = 200

/** How the words of the search are taken. */
export const searchWays = ['words', 'meaning'] as const
export type SearchWay = (typeof searchWays)[number]

/**
 * The pictures of the library under the search and filter of the moment, read page by page as far as someone has looked.
 * The list grows in place: a hundred thousand summaries are never copied to add a page.
 */
export class LibraryPages {
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #marks: Marks
  readonly #items: PictureSummary[] = []
  /** Changes with every change of `#items`, which is not reactive itself. */
  #version = $state(0)
  #query = $state('')
  #way = $state<SearchWay>('words')
  #order = $state<PictureOrder>('newest')
  #filter = $state.raw<PictureFilter>({})
  #likePicture = $state.raw<PictureSummary | null>(null)
  #isLoaded = $state(false)
  #isReading = false
  #cursor: string | null = null
  #wanted = 0
  #request = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(connection: Connection, notices: Notices, marks: Marks) {
    this.#connection = connection
    this.#notices = notices
    this.#marks = marks
    connection.onReconnect(() => {
      if (this.#isLoaded) void this.load()
    })
    connection.listen((event) => {
      if (event.type === 'candidateFinished') this.#add(event.picture)
    })
  }

  /** How many are at hand; `at` answers below it. */
  get loadedCount(): number {
    return this.#version >= 0 ? this.#items.length : 0
  }
  /** How many there are, or, while searching, at least are. */
  get count(): number {
    const loaded = this.loadedCount
    if (this.#cursor === null) return loaded
    const all = this.#connection.info?.pictureCount ?? 0
    return this.isNarrowed ? loaded + 1 : Math.max(loaded + 1, all)
  }
  get isLoaded(): boolean {
    return this.#isLoaded
  }
  /** True when not everything is asked for. */
  get isNarrowed(): boolean {
    return this.#query.trim() !== '' || this.#likePicture !== null || Object.keys(this.#filter).length > 0
  }
  get query(): string {
    return this.#query
  }
  set query(query: string) {
    this.#query = query
    this.#likePicture = null
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.load(), typingPauseMs)
  }
  get way(): SearchWay {
    return this.#way
  }
  get order(): PictureOrder {
    return this.#order
  }
  /** Everything but the words. */
  get filter(): PictureFilter {
    return this.#filter
  }
  /** The picture that the others shown are most like; null = none asked for. */
  get likePicture(): PictureSummary | null {
    return this.#likePicture
  }

  at(index: number): PictureSummary | undefined {
    return this.#version >= 0 ? this.#items[index] : undefined
  }
  indexOf(id: PictureId): number {
    return this.#items.findIndex((picture) => picture.id === id)
  }

  async search(way: SearchWay): Promise<void> {
    this.#way = way
    await this.load()
  }
  async sort(order: PictureOrder): Promise<void> {
    this.#order = order
    await this.load()
  }
  /** A condition set to undefined is dropped. */
  async narrow(changes: Partial<PictureFilter>): Promise<void> {
    const merged = Object.entries({ ...this.#filter, ...changes }).filter(([, value]) => value !== undefined)
    this.#filter = Object.fromEntries(merged)
    await this.load()
  }
  async showLike(picture: PictureSummary): Promise<void> {
    this.#likePicture = picture
    this.#query = ''
    await this.load()
  }
  /** Everything again, newest first. */
  async clear(): Promise<void> {
    clearTimeout(this.#timer)
    this.#query = ''
    this.#filter = {}
    this.#order = 'newest'
    this.#likePicture = null
    await this.load()
  }

  /** From the top again, for what is asked for now. The old list stays until the new one is here. */
  async load(): Promise<void> {
    this.#request += 1
    const request = this.#request
    this.#wanted = 0
    await this.#notices.guard(async () => {
      const [page] = await Promise.all([this.#readPage(null, firstPageSize), this.#connection.refreshInfo()])
      if (request !== this.#request) return
      this.#items.length = 0
      this.#append(page)
    })
    this.#isLoaded = true
  }

  /** Reads pages until the picture at `index` is at hand or the end is reached. */
  async ensure(index: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, index)
    if (this.#isReading || this.#cursor === null) return
    this.#isReading = true
    const request = this.#request
    await this.#notices.guard(async () => {
      while (this.#cursor !== null && this.#items.length <= this.#wanted) {
        const page = await this.#readPage(this.#cursor, pageSize)
        if (request !== this.#request) return
        this.#append(page)
      }
    })
    this.#isReading = false
  }

  /** Out of the list, as after deleting. */
  drop(ids: readonly PictureId[]): void {
    const gone = new Set(ids)
    const kept = this.#items.filter((picture) => !gone.has(picture.id))
    this.#items.length = 0
    for (const picture of kept) this.#items.push(picture)
    this.#version += 1
  }

  async #readPage(cursor: string | null, limit: number): Promise<Page<PictureSummary>> {
    const { api } = this.#connection
    const query = this.#query.trim()
    if (this.#likePicture !== null) {
      const found = await api.findSimilar({ pictureId: this.#likePicture.id, limit: alikeLimit })
      return { items: this.#learn(found.map(({ picture }) => picture)), nextCursor: null }
    }
    if (query !== '' && this.#way === 'meaning') {
      const found = await api.findByMeaning({ text: query, limit: alikeLimit })
      return { items: this.#learn(found.map(({ picture }) => picture)), nextCursor: null }
    }
    const filter = query === '' ? this.#filter : { ...this.#filter, query }
    const page = await api.findPictures({ filter, order: this.#order, cursor, limit })
    this.#learn(page.items)
    return page
  }

  #learn(pictures: readonly FoundPicture[]): readonly FoundPicture[] {
    this.#marks.learn(pictures)
    return pictures
  }

  #append(page: Page<PictureSummary>): void {
    for (const picture of page.items) this.#items.push(picture)
    this.#cursor = page.nextCursor
    this.#version += 1
  }

  #add(picture: PictureSummary): void {
    if (!this.#isLoaded || this.isNarrowed || this.#order !== 'newest') return
    this.#items.unshift(picture)
    this.#version += 1
  }
}
