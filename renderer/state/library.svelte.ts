import type { PictureOrder } from '#app/contract/library-calls.ts'
import type { Page, StudioEvent } from '#app/contract/studio-api.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { SavedSearch } from '#app/domain/kept.ts'
import type { FoundPicture, PictureFilter } from '#app/domain/organising.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import type { Connection } from './connection.svelte.ts'
import { LibraryQuestion, type SearchWay } from './library-question.svelte.ts'
import { ListPlaces, type ListedPicture, type PlaceSpan } from './list-places.svelte.ts'
import type { Marks } from './marks.svelte.ts'
import type { Notices } from './notices.svelte.ts'
import { Timeline, type DateOrder } from './timeline.svelte.ts'

/** What is looked at first; the rest is asked for once it is known which part that is. */
const firstPageSize = 60
const pageSize = 200
const alikeLimit = 200
/**
 * After so long without a letter, the words are taken for whole. Whatever is read earlier makes the next letter wait: of 100 000 pictures a count
 * takes 30 ms, and drawing what is past the first page more.
 */
const typingPauseMs = 450
/** Where nothing is typed: the first pictures are drawn before their days are read. */
const drawingPauseMs = 300

/**
 * The pictures of the library under the search and filter of the moment. The list has a place for every picture, and
 * pages are read into it wherever someone looks: the middle of a million is as near as the beginning.
 */
export class LibraryPages {
  readonly timeline: Timeline
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #marks: Marks
  readonly #question = new LibraryQuestion()
  readonly #list = new ListPlaces()
  /** The question that the list answers. */
  #answered = $state('')
  /** The same, as its further pages are asked for. */
  #paged: { readonly filter: PictureFilter; readonly order: PictureOrder } = { filter: {}, order: 'newest' }
  #isLoaded = $state(false)
  #isSearching = $state(false)
  #isStale = false
  #loading: Promise<void> | undefined
  #reading: Promise<void> | undefined
  #wanted: PlaceSpan = { first: 0, end: 0 }
  /** Which list: answers to an earlier one are too late. */
  #request = 0
  /** When the words are taken for whole; of the page's clock. */
  #typedUntilMs = -Infinity

  constructor(connection: Connection, notices: Notices, marks: Marks) {
    this.#connection = connection
    this.#notices = notices
    this.#marks = marks
    this.timeline = new Timeline(connection)
    connection.onReconnect(() => {
      if (this.#isLoaded) void this.load()
    })
    connection.listen((event) => {
      if (this.#isLoaded || this.#loading !== undefined) this.#hear(event)
    })
  }

  /** Another number whenever a place has another picture. */
  get version(): number {
    return this.#list.version
  }
  /** How many there are, or, until they are counted, at least are. */
  get count(): number {
    return this.#list.count
  }
  /** Whether `count` is all there are. */
  get isCounted(): boolean {
    return this.#list.isCounted
  }
  /** Another text when the list answers another question: whoever looks at it begins at its top. */
  get answered(): string {
    return this.#answered
  }
  get isLoaded(): boolean {
    return this.#isLoaded
  }
  /** The list shown is not yet that of the words typed. */
  get isSearching(): boolean {
    return this.#isSearching
  }
  get isNarrowed(): boolean {
    return this.#question.isNarrowed
  }
  get query(): string {
    return this.#question.query
  }
  /** Asked for at once; while an answer is under way only the newest words wait. */
  set query(query: string) {
    this.#question.query = query
    this.#typedUntilMs = query === '' ? -Infinity : performance.now() + typingPauseMs
    void this.load()
  }
  get way(): SearchWay {
    return this.#question.way
  }
  get order(): PictureOrder {
    return this.#question.order
  }
  get filter(): PictureFilter {
    return this.#question.filter
  }
  get likePicture(): PictureSummary | null {
    return this.#question.likePicture
  }
  /** The best picture of the run whose stack is open; null when none is. */
  get openRun(): PictureSummary | null {
    return this.#question.openRun?.picture ?? null
  }
  get isByDate(): boolean {
    return this.#question.isByDate
  }

  at(index: number): ListedPicture | undefined {
    return this.#list.at(index)
  }
  indexOf(id: PictureId): number {
    return this.#list.indexOf(id)
  }

  async search(way: SearchWay): Promise<void> {
    this.#question.way = way
    await this.load()
  }
  async sort(order: PictureOrder): Promise<void> {
    this.#question.order = order
    await this.load()
  }
  /** A condition set to undefined is dropped. */
  async narrow(changes: Partial<PictureFilter>): Promise<void> {
    this.#question.narrow(changes)
    await this.load()
  }
  async showLike(picture: PictureSummary): Promise<void> {
    this.#question.showLike(picture)
    await this.load()
  }
  /** All pictures of a run that is shown as a stack. */
  async openStack(picture: PictureSummary): Promise<void> {
    this.#question.openStack(picture)
    await this.load()
  }
  async closeStack(): Promise<void> {
    if (this.#question.openRun !== null) await this.show(this.#question.openRun.from)
  }
  /** Everything again, newest first. */
  async clear(): Promise<void> {
    await this.show({ way: this.way, filter: {}, order: 'newest' })
  }
  /** What is asked for now, as something to come back to. */
  describe(name: string): SavedSearch {
    return this.#question.describe(name)
  }
  async show(search: Omit<SavedSearch, 'name'>): Promise<void> {
    this.#question.show(search)
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
    if (this.#list.firstMissing(this.#wanted) === undefined) return Promise.resolve()
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
      const question = { filter: this.#question.conditions(), order: this.order, cursor, limit: wanted }
      const page: Page<FoundPicture> = await this.#connection.api.findPictures(question)
      pictures.push(...page.items)
      cursor = page.nextCursor
    }
    return pictures
  }

  /** Out of the list, as after deleting. */
  drop(ids: readonly PictureId[]): void {
    this.#list.drop(ids)
  }

  async #readWanted(): Promise<void> {
    try {
      if (this.#leftToTypeMs() > 0) await this.#typingPause()
      const next = () => this.#list.firstMissing(this.#wanted)
      for (let place = next(); place !== undefined; place = next()) if (!(await this.#readPage(place))) return
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
    const filter = this.#question.conditions()
    const { key, order } = this.#question
    const paged = { filter, order }
    const page = await this.#readAlike()
    if (page !== undefined) {
      if (request === this.#request) this.#begin(key, paged, page, page.length, true)
      return
    }
    const [{ items, nextCursor }, total] = await Promise.all([
      this.#connection.api.findPictures({ filter, order, limit: firstPageSize }),
      this.isNarrowed ? undefined : this.#connection.api.countPictures({ filter }),
    ])
    if (request !== this.#request) return
    this.#marks.learn(items)
    const isAll = nextCursor === null
    this.#begin(key, paged, items, isAll ? items.length : (total ?? items.length + 1), isAll || total !== undefined)
    const byDate = this.isByDate ? (order as DateOrder) : null
    if (byDate === null) this.timeline.clear()
    if (byDate !== null || !this.isCounted) this.#readRestSoon(request, filter, byDate)
  }

  /** Neither the first pictures nor the next letter wait for days and counts. */
  #readRestSoon(request: number, filter: PictureFilter, byDate: DateOrder | null): void {
    const pauseMs = Math.max(drawingPauseMs, this.#leftToTypeMs())
    setTimeout(() => {
      if (request === this.#request) void this.#notices.guard(() => this.#readRest(request, filter, byDate))
    }, pauseMs)
  }

  /** The days of a list that goes by date; they add up to its count, which is asked for alone where there are none. */
  async #readRest(request: number, filter: PictureFilter, byDate: DateOrder | null): Promise<void> {
    const { moves } = this.#list
    const total =
      byDate === null ? await this.#connection.api.countPictures({ filter }) : await this.timeline.read(filter, byDate)
    if (total === undefined || request !== this.#request || this.#isStale || this.isCounted) return
    if (moves !== this.#list.moves) return this.#readRest(request, filter, byDate)
    this.#list.setTotal(total)
  }

  #begin(
    key: string,
    paged: { readonly filter: PictureFilter; readonly order: PictureOrder },
    pictures: readonly ListedPicture[],
    total: number,
    isCounted: boolean,
  ): void {
    this.#wanted = { first: 0, end: 0 }
    this.#paged = paged
    this.#list.begin(pictures, total, isCounted)
    this.#answered = key
  }

  /** @returns false when there is nothing more to read */
  async #readPage(offset: number): Promise<boolean> {
    // Of the list that is shown, whatever is being asked for meanwhile.
    const paged = this.#paged
    const { moves } = this.#list
    const page = await this.#connection.api.findPictures({ ...paged, offset, limit: pageSize })
    // Another list by now, or places that have moved: what is wanted is looked for anew.
    if (paged !== this.#paged || moves !== this.#list.moves) return true
    this.#marks.learn(page.items)
    this.#list.fill(offset, page.items, page.nextCursor === null)
    return page.items.length > 0
  }

  /** The most like a picture or the meaning of words, best first; undefined when neither is asked for. */
  async #readAlike(): Promise<readonly FoundPicture[] | undefined> {
    const { api } = this.#connection
    const { likePicture, isByMeaning, query } = this.#question
    if (likePicture === null && !isByMeaning) return undefined
    this.timeline.clear()
    const found =
      likePicture === null
        ? await api.findByMeaning({ text: query.trim(), limit: alikeLimit })
        : await api.findSimilar({ pictureId: likePicture.id, limit: alikeLimit })
    const pictures = found.map(({ picture }) => picture)
    this.#marks.learn(pictures)
    return pictures
  }

  #hear(event: StudioEvent): void {
    switch (event.type) {
      case 'candidateFinished':
        if (!this.isNarrowed) this.#readAfter()
        return this.#add(event.picture)
      case 'picturesDeleted':
        this.#readAfter()
        if (this.filter.isDeleted !== true) this.drop(event.pictureIds)
        return
      case 'picturesRestored':
      case 'trashEmptied':
        void this.load()
        return
      default:
        return
    }
  }

  /** An answer under way may be older than what has just happened, and would undo it. */
  #readAfter(): void {
    if (this.#loading !== undefined) this.#isStale = true
  }

  #add(picture: PictureSummary): void {
    if (!this.#isLoaded || this.isNarrowed || this.order !== 'newest') return
    this.#list.addFirst(picture)
    this.timeline.add()
  }
}
