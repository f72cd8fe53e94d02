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
 * The lists grow in place: a hundred thousand summaries are never copied to add a page.
 */
export class LibraryPages {
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #marks: Marks
  /** From the top down, and from the bottom up; between them is what nobody has looked at. */
  readonly #head: PictureSummary[] = []
  readonly #tail: PictureSummary[] = []
  /** Changes with every change of the lists, which are not reactive themselves. */
  #version = $state(0)
  #total = 0
  #query = $state('')
  #way = $state<SearchWay>('words')
  #order = $state<PictureOrder>('newest')
  #filter = $state.raw<PictureFilter>({})
  #likePicture = $state.raw<PictureSummary | null>(null)
  #isLoaded = $state(false)
  #isReading = false
  #headCursor: string | null = null
  #tailCursor: string | null = null
  #wanted = { first: 0, end: 0 }
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

  /** How many there are, or, while narrowed and not read to the end, at least are. */
  get count(): number {
    return this.#version >= 0 ? this.#total : 0
  }
  /** Whether `count` is all there are. */
  get isCounted(): boolean {
    return this.#version >= 0 && (!this.isNarrowed || this.#headCursor === null)
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
    return this.#version >= 0 ? (this.#head[index] ?? this.#tail[this.#total - 1 - index]) : undefined
  }
  indexOf(id: PictureId): number {
    const place = this.#head.findIndex((picture) => picture.id === id)
    if (place !== -1) return place
    const fromEnd = this.#tail.findIndex((picture) => picture.id === id)
    return fromEnd === -1 ? -1 : this.#total - 1 - fromEnd
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
    this.#wanted = { first: 0, end: 0 }
    await this.#notices.guard(async () => {
      const [page] = await Promise.all([
        this.#readPage(this.#order, null, firstPageSize),
        this.#connection.refreshInfo(),
      ])
      if (request !== this.#request) return
      this.#head.length = 0
      this.#tail.length = 0
      this.#tailCursor = null
      this.#total = this.isNarrowed ? 0 : (this.#connection.info?.pictureCount ?? 0)
      this.#appendToHead(page)
    })
    this.#isLoaded = true
  }

  /** Reads pages, from the nearer end, until the pictures from `first` up to `end` are at hand. */
  async ensure(first: number, end: number): Promise<void> {
    this.#wanted = { first, end }
    if (this.#isReading) return
    this.#isReading = true
    await this.#notices.guard(async () => {
      for (let side = this.#missingSide(); side !== undefined; side = this.#missingSide()) {
        const request = this.#request
        const isHead = side === 'head'
        const page = await (isHead
          ? this.#readPage(this.#order, this.#headCursor, pageSize)
          : this.#readPage('oldest', this.#tailCursor, pageSize))
        if (request !== this.#request) continue
        if (isHead) this.#appendToHead(page)
        else this.#appendToTail(page)
      }
    })
    this.#isReading = false
  }

  /** Out of the list, as after deleting. */
  drop(ids: readonly PictureId[]): void {
    const gone = new Set(ids)
    for (const list of [this.#head, this.#tail]) {
      const kept = list.filter((picture) => !gone.has(picture.id))
      this.#total -= list.length - kept.length
      list.length = 0
      for (const picture of kept) list.push(picture)
    }
    this.#version += 1
  }

  /** The end to read from next for what is wanted; undefined when it is at hand or there is no more. */
  #missingSide(): 'head' | 'tail' | undefined {
    if (this.#headCursor === null) return undefined
    const gapEnd = this.#total - this.#tail.length
    const from = Math.max(this.#wanted.first, this.#head.length)
    const to = Math.min(this.#wanted.end, gapEnd)
    if (from >= to) return undefined
    const isEndKnown = !this.isNarrowed && this.#order === 'newest'
    return isEndKnown && gapEnd - from < to - this.#head.length ? 'tail' : 'head'
  }

  async #readPage(order: PictureOrder, cursor: string | null, limit: number): Promise<Page<PictureSummary>> {
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
    const page = await api.findPictures({ filter, order, cursor, limit })
    this.#learn(page.items)
    return page
  }

  #learn(pictures: readonly FoundPicture[]): readonly FoundPicture[] {
    this.#marks.learn(pictures)
    return pictures
  }

  #appendToHead(page: Page<PictureSummary>): void {
    for (const picture of page.items) this.#head.push(picture)
    this.#headCursor = page.nextCursor
    this.#settle()
  }

  #appendToTail(page: Page<PictureSummary>): void {
    for (const picture of page.items) this.#tail.push(picture)
    this.#tailCursor = page.nextCursor
    this.#settle()
  }

  /** The two ends have met, or the top has come to the end: one list, and its length is the count. */
  #settle(): void {
    if (this.#headCursor !== null && this.#head.length + this.#tail.length >= this.#total && this.#tail.length > 0) {
      const known = new Set(this.#head.map((picture) => picture.id))
      for (const picture of this.#tail.toReversed()) if (!known.has(picture.id)) this.#head.push(picture)
      this.#headCursor = null
    }
    if (this.#headCursor === null) {
      this.#tail.length = 0
      this.#total = this.#head.length
    } else {
      this.#total = Math.max(this.#total, this.#head.length + this.#tail.length + 1)
    }
    this.#version += 1
  }

  #add(picture: PictureSummary): void {
    if (!this.#isLoaded || this.isNarrowed || this.#order !== 'newest') return
    this.#head.unshift(picture)
    this.#total += 1
    this.#version += 1
  }
}
