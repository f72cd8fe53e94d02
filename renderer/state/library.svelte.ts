import type { PictureId } from '#app/domain/ids.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

const firstPageSize = 200
const pageSize = 500
const typingPauseMs = 80

/**
 * The pictures of the library, newest first, read page by page as far as someone has looked.
 * The list grows in place: a hundred thousand summaries are never copied to add a page.
 */
export class LibraryPages {
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #items: PictureSummary[] = []
  /** Changes with every change of `#items`, which is not reactive itself. */
  #version = $state(0)
  #query = $state('')
  #isLoaded = $state(false)
  #isReading = false
  #cursor: string | null = null
  #wanted = 0
  #request = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
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
    return this.#query.trim() === '' ? Math.max(loaded + 1, all) : loaded + 1
  }
  get isLoaded(): boolean {
    return this.#isLoaded
  }
  get query(): string {
    return this.#query
  }
  set query(query: string) {
    this.#query = query
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.load(), typingPauseMs)
  }

  at(index: number): PictureSummary | undefined {
    return this.#version >= 0 ? this.#items[index] : undefined
  }
  indexOf(id: PictureId): number {
    return this.#items.findIndex((picture) => picture.id === id)
  }

  /** From the newest again, for the words searched for now. The old list stays until the new one is here. */
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

  #readPage(cursor: string | null, limit: number) {
    return this.#connection.api.listPictures({ query: this.#query.trim(), cursor, limit })
  }

  #append(page: { readonly items: readonly PictureSummary[]; readonly nextCursor: string | null }): void {
    for (const picture of page.items) this.#items.push(picture)
    this.#cursor = page.nextCursor
    this.#version += 1
  }

  #add(picture: PictureSummary): void {
    if (!this.#isLoaded || this.#query.trim() !== '') return
    this.#items.unshift(picture)
    this.#version += 1
  }
}
