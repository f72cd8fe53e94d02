import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationSummary } from '#app/domain/generation.ts'
import type { GenerationId } from '#app/domain/ids.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

const pageSize = 60
const typingPauseMs = 120

/** Prompt history, newest first, as far as it has been scrolled. */
export class History {
  readonly #connection: Connection
  readonly #notices: Notices
  #items = $state.raw<readonly GenerationSummary[]>([])
  #query = $state('')
  #cursor: string | null = null
  #hasMore = $state(false)
  #isLoaded = $state(false)
  #request = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
    connection.onReconnect(() => void this.load())
    connection.listen((event) => {
      // Only the library knows whether a new prompt matches.
      if (event.type === 'generationQueued' && this.#isSearching) void this.load()
      this.#follow(event)
    })
  }

  get items(): readonly GenerationSummary[] {
    return this.#items
  }
  get hasMore(): boolean {
    return this.#hasMore
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

  get #isSearching(): boolean {
    return this.#query.trim() !== ''
  }

  async load(): Promise<void> {
    this.#cursor = null
    await this.#read([])
  }

  async loadMore(): Promise<void> {
    if (this.#hasMore) await this.#read(null)
  }

  /** @param before what the page comes after; null = what there is when it comes */
  async #read(before: readonly GenerationSummary[] | null): Promise<void> {
    this.#request += 1
    const request = this.#request
    const question = { query: this.#query.trim(), cursor: this.#cursor, limit: pageSize }
    await this.#notices.guard(async () => {
      const { answer: page, news } = await this.#connection.ask((api) => api.listGenerations(question))
      if (request !== this.#request) return
      const earlier = before ?? this.#items
      const known = new Set(earlier.map(({ id }) => id))
      this.#items = [...earlier, ...page.items.filter(({ id }) => !known.has(id))]
      for (const event of news) this.#follow(event)
      this.#cursor = page.nextCursor
      this.#hasMore = page.nextCursor !== null
    })
    this.#isLoaded = true
  }

  #follow(event: StudioEvent): void {
    switch (event.type) {
      case 'generationQueued':
        if (this.#isSearching) return
        this.#items = [event.generation, ...this.#items.filter(({ id }) => id !== event.generation.id)]
        return
      case 'generationEnded':
        return this.#change(event.generation.id, () => event.generation)
      case 'generationStarted':
        return this.#change(event.generationId, (item) => ({ ...item, state: 'running' }))
      default:
        return
    }
  }

  #change(id: GenerationId, change: (item: GenerationSummary) => GenerationSummary): void {
    this.#items = this.#items.map((item) => (item.id === id ? change(item) : item))
  }
}
