import { maxPinnedRuns, nothingKept, type Kept, type SavedSearch } from '#app/domain/kept.ts'
import type { GenerationSummary } from '#app/domain/generation.ts'
import type { GenerationId } from '#app/domain/ids.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** Pins and saved searches. They belong to the library, so every window shows the same. */
export class KeptThings {
  readonly #connection: Connection
  readonly #notices: Notices
  #kept = $state.raw<Kept>(nothingKept)
  #pinned = $state.raw<readonly GenerationSummary[]>([])
  #request = 0

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
    connection.onReconnect(() => void this.load())
    connection.listen((event) => {
      if (event.type === 'keptChanged') void this.load()
      if (event.type !== 'generationEnded' && event.type !== 'generationQueued') return
      const { generation } = event
      this.#pinned = this.#pinned.map((run) => (run.id === generation.id ? generation : run))
    })
  }

  /** The last pinned first. */
  get pinned(): readonly GenerationSummary[] {
    return this.#pinned
  }
  get searches(): readonly SavedSearch[] {
    return this.#kept.savedSearches
  }

  isPinned(id: GenerationId): boolean {
    return this.#kept.pinnedRuns.includes(id)
  }

  async load(): Promise<void> {
    this.#request += 1
    const request = this.#request
    await this.#notices.guard(async () => {
      const { api } = this.#connection
      const kept = await api.getKept()
      const runs = await Promise.all(
        kept.pinnedRuns.map((generationId) =>
          // A pin outlives its run when another program removes it.
          api.getGeneration({ generationId }).then(
            ({ generation }) => generation,
            () => undefined,
          ),
        ),
      )
      if (request !== this.#request) return
      this.#kept = kept
      this.#pinned = runs.filter((run) => run !== undefined)
    })
  }

  async togglePin(id: GenerationId): Promise<void> {
    const others = this.#kept.pinnedRuns.filter((pinned) => pinned !== id)
    const isPinned = others.length < this.#kept.pinnedRuns.length
    await this.#change({ pinnedRuns: isPinned ? others : [id, ...others].slice(0, maxPinnedRuns) })
  }

  /** Under a name that is taken, the new search takes the place of the old one. */
  async saveSearch(search: SavedSearch): Promise<void> {
    const others = this.#kept.savedSearches.filter(({ name }) => name !== search.name)
    await this.#change({ savedSearches: [...others, search].sort((a, b) => a.name.localeCompare(b.name)) })
  }

  async removeSearch(name: string): Promise<void> {
    await this.#change({ savedSearches: this.#kept.savedSearches.filter((search) => search.name !== name) })
  }

  /** Read anew first: another window may have changed the rest. */
  async #change(changes: Partial<Kept>): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.changeKept(changes))
    await this.load()
  }
}
