import type { PictureOrder } from '#app/contract/library-calls.ts'
import type { Page, StudioEvent } from '#app/contract/studio-api.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { SavedSearch } from '#app/domain/kept.ts'
import type { FoundPicture, PictureFilter } from '#app/domain/organising.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import type { Connection } from './connection.svelte.ts'
import type { Marks } from './marks.svelte.ts'
import type { Notices } from './notices.svelte.ts'
import { Timeline } from './timeline.svelte.ts'

/** What is looked at first; the rest is asked for once it is known which part that is. */
const firstPageSize = 60
const pageSize = 200
const alikeLimit = 200
/** After so long without a letter, the words are taken for whole. */
const typingPauseMs = 250

/** How the words of the search are taken. */
export const searchWays = ['words', 'meaning'] as const
export type SearchWay = (typeof searchWays)[number]

/** A picture in the list; one that has just been drawn has no marks yet. */
export type ListedPicture = PictureSummary & Partial<Pick<FoundPicture, 'runPictures'>>

/**
 * The pictures of the library under the search and filter of the moment. The list has a place for every picture, and
 * pages are read into it wherever someone looks: the middle of a million is as near as the beginning.
 */
export class LibraryPages {
  readonly timeline: Timeline
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #marks: Marks
  /** As long as the list is known to be; most places are empty. Filled in place, a million places are never copied. */
  #places: (ListedPicture | undefined)[] = []
  /** Changes with every change of the places, which are not reactive themselves. */
  #version = $state(0)
  #query = $state('')
  #way = $state<SearchWay>('words')
  #order = $state<PictureOrder>('newest')
  #filter = $state.raw<PictureFilter>({})
  #likePicture = $state.raw<PictureSummary | null>(null)
  #openRun = $state.raw<{ readonly picture: PictureSummary; readonly from: SavedSearch } | null>(null)
  #isLoaded = $state(false)
  #isSearching = $state(false)
  #isCounted = $state(false)
  #isStale = false
  #loading: Promise<void> | undefined
  #reading: Promise<void> | undefined
  #wanted = { first: 0, end: 0 }
  /** Which list: answers to an earlier one are too late. */
  #request = 0
  /** How often places have moved within the list. */
  #moves = 0
  /** When the words are taken for whole; of the page's clock. */
  #typedUntilMs = -Infinity

  constructor(connection: Connection, notices: Notices, marks: Marks) {
    this.#connection = connection
    this.#notices = notices
    this.#marks = marks
    this.timeline = new Timeline(connection, notices)
    connection.onReconnect(() => {
      if (this.#isLoaded) void this.load()
    })
    connection.listen((event) => {
      if (this.#isLoaded) this.#hear(event)
    })
  }

  /** Another number whenever a place has another picture. */
  get version(): number {
    return this.#version
  }
  /** How many there are, or, until they are counted, at least are. */
  get count(): number {
    return this.#version >= 0 ? this.#places.length : 0
  }
  /** Whether `count` is all there are. */
  get isCounted(): boolean {
    return this.#isCounted
  }
  get isLoaded(): boolean {
    return this.#isLoaded
  }
  /** The list shown is not yet that of the words typed. */
  get isSearching(): boolean {
    return this.#isSearching
  }
  /** True when not everything is asked for. */
  get isNarrowed(): boolean {
    return this.#query.trim() !== '' || this.#likePicture !== null || Object.keys(this.#filter).length > 0
  }
  get query(): string {
    return this.#query
  }
  /** Asked for at once; while an answer is under way only the newest words wait. */
  set query(query: string) {
    this.#query = query
    this.#likePicture = null
    this.#typedUntilMs = query === '' ? -Infinity : performance.now() + typingPauseMs
    void this.load()
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
  /** The best picture of the run whose stack is open; null when none is. */
  get openRun(): PictureSummary | null {
    return this.#openRun?.picture ?? null
  }
  /** Whether the list goes by date, so that days are places in it. */
  get isByDate(): boolean {
    const isByWords = this.#query.trim() === '' || this.#way === 'words'
    return isByWords && this.#likePicture === null && (this.#order === 'newest' || this.#order === 'oldest')
  }

  at(index: number): ListedPicture | undefined {
    return this.#version >= 0 ? this.#places[index] : undefined
  }
  indexOf(id: PictureId): number {
    return this.#places.findIndex((picture) => picture?.id === id)
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
    this.#filter = withoutUndefined({ ...this.#filter, ...changes })
    await this.load()
  }
  async showLike(picture: PictureSummary): Promise<void> {
    this.#likePicture = picture
    this.#query = ''
    await this.load()
  }
  /** All pictures of a run that is shown as a stack. */
  async openStack(picture: PictureSummary): Promise<void> {
    const from = this.describe('stacks')
    await this.show({ way: 'words', order: 'clipScore', filter: { generationId: picture.generationId } })
    this.#openRun = { picture, from }
  }
  async closeStack(): Promise<void> {
    if (this.#openRun !== null) await this.show(this.#openRun.from)
  }
  /** Everything again, newest first. */
  async clear(): Promise<void> {
    await this.show({ way: this.#way, filter: {}, order: 'newest' })
  }

  /** What is asked for now, as something to come back to. */
  describe(name: string): SavedSearch {
    const query = this.#query.trim()
    return {
      name,
      way: this.#way,
      order: this.#order,
      filter: withoutUndefined({ ...this.#filter, query: query || undefined }),
    }
  }
  async show({ way, filter, order }: Omit<SavedSearch, 'name'>): Promise<void> {
    const { query = '', ...conditions } = filter
    this.#query = query
    this.#way = way
    this.#order = order
    this.#filter = conditions
    this.#likePicture = null
    this.#openRun = null
    await this.load()
  }

  /** From the top again, for what is asked for now. The old list stays until the new one is here. */
  load(): Promise<void> {
    this.#isStale = true
    this.#isSearching = true
    this.#loading ??= this.#loadNewest()
    return this.#loading
  }

  /** Reads pages until the pictures from `first` up to `end` are at hand. What is wanted last is read first. */
  ensure(first: number, end: number): Promise<void> {
    this.#wanted = { first, end }
    if (this.#firstMissing() === undefined) return Promise.resolve()
    this.#reading ??= this.#notices.guard(() => this.#readWanted())
    return this.#reading
  }

  /** What is asked for, from the top of the list, whether anyone has looked at it or not. */
  async listAll(limit: number): Promise<readonly PictureSummary[]> {
    const alike = await this.#readAlike()
    if (alike !== undefined) return alike.slice(0, limit)
    const pictures: PictureSummary[] = []
    for (let cursor: string | null | undefined; cursor !== null && pictures.length < limit;) {
      const wanted = Math.min(500, limit - pictures.length)
      const question = { filter: this.#conditions(), order: this.#order, cursor, limit: wanted }
      const page: Page<FoundPicture> = await this.#connection.api.findPictures(question)
      pictures.push(...page.items)
      cursor = page.nextCursor
    }
    return pictures
  }

  /** Out of the list, as after deleting. */
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

  async #readWanted(): Promise<void> {
    try {
      if (this.#leftToTypeMs() > 0) await this.#typingPause()
      for (let place = this.#firstMissing(); place !== undefined; place = this.#firstMissing()) {
        if (!(await this.#readPage(place))) return
      }
    } finally {
      // Together with the last look at what is missing: a wish that comes a moment later begins anew.
      this.#reading = undefined
    }
  }

  /** More than the first page is of no use when another letter comes, and would make that letter wait. */
  async #typingPause(): Promise<void> {
    for (let leftMs = this.#leftToTypeMs(); leftMs > 0; leftMs = this.#leftToTypeMs())
      await new Promise((resolve) => setTimeout(resolve, leftMs))
  }
  #leftToTypeMs(): number {
    return this.#typedUntilMs - performance.now()
  }

  async #loadNewest(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      await this.#notices.guard(() => this.#readTop())
    }
    this.#loading = undefined
    this.#isSearching = false
    this.#isLoaded = true
  }

  async #readTop(): Promise<void> {
    this.#request += 1
    const request = this.#request
    const filter = this.#conditions()
    const page = await this.#readAlike()
    if (page !== undefined) {
      if (request === this.#request) this.#begin(page, page.length, true)
      return
    }
    const [{ items, nextCursor }, total] = await Promise.all([
      this.#connection.api.findPictures({ filter, order: this.#order, limit: firstPageSize }),
      this.isNarrowed ? undefined : this.#connection.api.countPictures({ filter }),
    ])
    if (request !== this.#request) return
    this.#marks.learn(items)
    const isAll = nextCursor === null
    this.#begin(items, isAll ? items.length : (total ?? items.length + 1), isAll || total !== undefined)
    if (!this.#isCounted) this.#countSoon(request, filter)
    if (this.isByDate) this.timeline.readSoon(filter, this.#order)
    else this.timeline.clear()
  }

  /** Counting many thousand matches takes longer than finding the first: neither the page nor the next letter waits for it. */
  #countSoon(request: number, filter: PictureFilter): void {
    setTimeout(() => {
      if (request === this.#request) void this.#notices.guard(() => this.#count(request, filter))
    }, typingPauseMs)
  }

  async #count(request: number, filter: PictureFilter): Promise<void> {
    const moves = this.#moves
    const total = await this.#connection.api.countPictures({ filter })
    if (request !== this.#request || this.#isStale) return
    if (moves !== this.#moves) return this.#count(request, filter)
    this.#places.length = Math.max(total, this.#places.findLastIndex((picture) => picture !== undefined) + 1)
    this.#isCounted = true
    this.#version += 1
  }

  #begin(pictures: readonly ListedPicture[], total: number, isCounted: boolean): void {
    this.#places = new Array<ListedPicture | undefined>(Math.max(total, pictures.length))
    for (const [place, picture] of pictures.entries()) this.#places[place] = picture
    this.#wanted = { first: 0, end: 0 }
    this.#isCounted = isCounted
    this.#version += 1
  }

  #firstMissing(): number | undefined {
    const end = Math.min(this.#wanted.end, this.#places.length)
    for (let place = Math.max(0, this.#wanted.first); place < end; place += 1)
      if (this.#places[place] === undefined) return place
    return undefined
  }

  /** @returns false when there is nothing more to read */
  async #readPage(offset: number): Promise<boolean> {
    const [request, moves] = [this.#request, this.#moves]
    const filter = this.#conditions()
    const page = await this.#connection.api.findPictures({ filter, order: this.#order, offset, limit: pageSize })
    // Another list by now, or places that have moved: what is wanted is looked for anew.
    if (request !== this.#request || moves !== this.#moves) return true
    this.#marks.learn(page.items)
    for (const [place, picture] of page.items.entries()) this.#places[offset + place] = picture
    const isEnd = page.nextCursor === null
    if (isEnd) {
      this.#places.length = offset + page.items.length
      this.#isCounted = true
    } else if (!this.#isCounted) {
      this.#places.length = Math.max(this.#places.length, offset + page.items.length + 1)
    }
    this.#version += 1
    return page.items.length > 0
  }

  #conditions(): PictureFilter {
    const query = this.#query.trim()
    return query === '' ? this.#filter : { ...this.#filter, query }
  }

  /** The most like a picture or the meaning of words, best first; undefined when neither is asked for. */
  async #readAlike(): Promise<readonly FoundPicture[] | undefined> {
    const { api } = this.#connection
    const text = this.#query.trim()
    const isByMeaning = text !== '' && this.#way === 'meaning'
    if (this.#likePicture === null && !isByMeaning) return undefined
    this.timeline.clear()
    const found =
      this.#likePicture === null
        ? await api.findByMeaning({ text, limit: alikeLimit })
        : await api.findSimilar({ pictureId: this.#likePicture.id, limit: alikeLimit })
    const pictures = found.map(({ picture }) => picture)
    this.#marks.learn(pictures)
    return pictures
  }

  #hear(event: StudioEvent): void {
    switch (event.type) {
      case 'candidateFinished':
        return this.#add(event.picture)
      case 'picturesDeleted':
        if (this.#filter.isDeleted !== true) this.drop(event.pictureIds)
        return
      case 'picturesRestored':
      case 'trashEmptied':
        void this.load()
        return
      default:
        return
    }
  }

  #add(picture: PictureSummary): void {
    if (this.isNarrowed || this.#order !== 'newest') return
    this.#places.unshift(picture)
    this.#moves += 1
    this.#version += 1
    this.timeline.add()
  }
}

function withoutUndefined<T extends object>(conditions: T): T {
  return Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined)) as T
}
