import type { PackId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** The packs that are installed. */
export class Packs {
  readonly #connection: Connection
  readonly #notices: Notices
  #items = $state.raw<readonly PackSummary[]>([])
  #isLoaded = $state(false)

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
    connection.listen((event) => {
      if (event.type === 'packsChanged') void this.load()
    })
    connection.onReconnect(() => void this.load())
  }

  get items(): readonly PackSummary[] {
    return this.#items
  }
  get isLoaded(): boolean {
    return this.#isLoaded
  }
  get default(): PackSummary | undefined {
    return this.find(this.#connection.info?.defaultPackId ?? null) ?? this.#items[0]
  }

  find(id: PackId | null): PackSummary | undefined {
    return this.#items.find((pack) => pack.id === id)
  }

  async load(): Promise<void> {
    await this.#notices.guard(async () => {
      await this.#connection.refreshInfo()
      this.#items = await this.#connection.api.listPacks()
    })
    this.#isLoaded = true
  }
}
