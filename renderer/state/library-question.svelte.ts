import type { PictureOrder } from '#app/contract/library-calls.ts'
import type { SavedSearch } from '#app/domain/kept.ts'
import type { PictureFilter } from '#app/domain/organising.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

/** How the words of the search are taken. */
export const searchWays = ['words', 'meaning'] as const
export type SearchWay = (typeof searchWays)[number]

/** What is asked of the library now: words, conditions, an order, or a picture to be like. */
export class LibraryQuestion {
  #query = $state('')
  #way = $state<SearchWay>('words')
  #order = $state<PictureOrder>('newest')
  #filter = $state.raw<PictureFilter>({})
  #likePicture = $state.raw<PictureSummary | null>(null)
  #openRun = $state.raw<{ readonly picture: PictureSummary; readonly from: SavedSearch } | null>(null)

  get query(): string {
    return this.#query
  }
  /** Words instead of a picture. */
  set query(query: string) {
    this.#query = query
    this.#likePicture = null
  }
  get way(): SearchWay {
    return this.#way
  }
  set way(way: SearchWay) {
    this.#way = way
  }
  get order(): PictureOrder {
    return this.#order
  }
  set order(order: PictureOrder) {
    this.#order = order
  }
  /** Everything but the words. */
  get filter(): PictureFilter {
    return this.#filter
  }
  /** The picture that the others shown are most like; null = none asked for. */
  get likePicture(): PictureSummary | null {
    return this.#likePicture
  }
  /** The best picture of the run whose stack is open, and where from; null when none is. */
  get openRun(): { readonly picture: PictureSummary; readonly from: SavedSearch } | null {
    return this.#openRun
  }

  /** What the words mean is asked for, not the words. */
  get isByMeaning(): boolean {
    return this.#way === 'meaning' && this.#query.trim() !== ''
  }
  /** True when not everything is asked for. */
  get isNarrowed(): boolean {
    return this.#query.trim() !== '' || this.#likePicture !== null || Object.keys(this.#filter).length > 0
  }
  /** Whether the answer goes by date, so that days are places in it. */
  get isByDate(): boolean {
    const isListed = !this.isByMeaning && this.#likePicture === null
    return isListed && (this.#order === 'newest' || this.#order === 'oldest')
  }
  /** The same text for the same question. */
  get key(): string {
    const { way, order } = this
    return JSON.stringify([this.conditions(), this.isByMeaning ? way : '', order, this.#likePicture?.id])
  }

  /** Words and filter together. */
  conditions(): PictureFilter {
    const query = this.#query.trim()
    return query === '' ? this.#filter : { ...this.#filter, query }
  }

  /** A condition set to undefined is dropped. */
  narrow(changes: Partial<PictureFilter>): void {
    this.#filter = withoutUndefined({ ...this.#filter, ...changes })
  }
  showLike(picture: PictureSummary): void {
    this.#likePicture = picture
    this.#query = ''
  }
  openStack(picture: PictureSummary): void {
    const from = this.describe('stacks')
    this.show({ way: 'words', order: 'clipScore', filter: { generationId: picture.generationId } })
    this.#openRun = { picture, from }
  }
  show({ way, filter, order }: Omit<SavedSearch, 'name'>): void {
    const { query = '', ...conditions } = filter
    this.#query = query
    this.#way = way
    this.#order = order
    this.#filter = conditions
    this.#likePicture = null
    this.#openRun = null
  }

  /** As something to come back to. */
  describe(name: string): SavedSearch {
    const query = this.#query.trim()
    return {
      name,
      way: this.#way,
      order: this.#order,
      filter: withoutUndefined({ ...this.#filter, query: query || undefined }),
    }
  }
}

function withoutUndefined<T extends object>(conditions: T): T {
  return Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined)) as T
}
