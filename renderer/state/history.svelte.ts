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
  /** What events have said since the page under way was asked for: they may be newer than the answer. */
  #news: { readonly id: GenerationId; readonly change: (item: GenerationSummary) => GenerationSummary }[] = []
  #queued: readonly GenerationSummary[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
    connection.onReconnect(() => void this.load())
    connection.listen((event) => {
      if (event.type === 'generationQueued') this.#add(event.generation)
      if (event.type === 'generationEnded') this.#replace(event.generation)
      if (event.type === 'generationStarted') this.#setRunning(event.generationId)
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

  async load(): Promise<void> {
    this.#cursor = null
    await this.#read(true)
  }

  async loadMore(): Promise<void> {
    if (this.#hasMore) await this.#read(false)
  }

  async #read(isFirst: boolean): Promise<void> {
    this.#request += 1
    const request = this.#request
    this.#news = []
    this.#queued = []
    await this.#notices.guard(async () => {
      const page = await this.#connection.api.listGenerations({
        query: this.#query.trim(),
        cursor: this.#cursor,
        limit: pageSize,
      })
      if (request !== this.#request) return
      const before = isFirst ? this.#queued : this.#items
      const known = new Set(before.map(({ id }) => id))
      this.#items = [...before, ...page.items.filter(({ id }) => !known.has(id))]
      for (const { id, change } of this.#news) this.#changeItem(id, change)
      this.#cursor = page.nextCursor
      this.#hasMore = page.nextCursor !== null
    })
    this.#isLoaded = true
  }

  /** While searching, only the library knows whether a new prompt matches. */
  #add(generation: GenerationSummary): void {
    if (this.#query.trim() !== '') void this.load()
    else {
      const first = (items: readonly GenerationSummary[]) => [
        generation,
        ...items.filter(({ id }) => id !== generation.id),
      ]
      this.#items = first(this.#items)
      this.#queued = first(this.#queued)
    }
  }

  #replace(generation: GenerationSummary): void {
    this.#hear(generation.id, () => generation)
  }

  #setRunning(id: GenerationId): void {
    this.#hear(id, (item) => ({ ...item, state: 'running' }))
  }

  #hear(id: GenerationId, change: (item: GenerationSummary) => GenerationSummary): void {
    this.#news.push({ id, change })
    this.#changeItem(id, change)
  }

  #changeItem(id: GenerationId, change: (item: GenerationSummary) => GenerationSummary): void {
    this.#items = this.#items.map((item) => (item.id === id ? change(item) : item))
  }
}
