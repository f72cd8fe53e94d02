import { createApi, type StudioApi, type StudioEvent, type StudioInfo } from '#app/contract/studio-api.ts'
import { resourcePath, type Resource } from '#app/contract/resources.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { LinkedTransport } from '#renderer/transport/linked-transport.ts'

/** An answer, and the events that came while it was waited for. */
export interface Answered<T> {
  readonly answer: T
  readonly news: readonly StudioEvent[]
}

/** The way to the studio: its calls, its events, and whether it can be reached now. */
export class Connection {
  readonly api: StudioApi
  readonly #transport: LinkedTransport
  readonly #reconnectListeners = new Set<() => void>()
  #isOpen = $state(true)
  #info = $state.raw<StudioInfo | null>(null)

  constructor(transport: LinkedTransport) {
    this.#transport = transport
    this.api = createApi(transport)
    transport.watchLink?.((isOpen) => {
      const isBack = isOpen && !this.#isOpen
      this.#isOpen = isOpen
      if (isBack) for (const listener of this.#reconnectListeners) listener()
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }
  /** Null until the first answer. */
  get info(): StudioInfo | null {
    return this.#info
  }

  async refreshInfo(): Promise<void> {
    this.#info = await this.api.getStudioInfo()
  }

  /** Asks, and tells which events came before the answer: they may be newer than it. */
  async ask<T>(question: (api: StudioApi) => Promise<T>): Promise<Answered<T>> {
    const news: StudioEvent[] = []
    const stop = this.listen((event) => void news.push(event))
    try {
      return { answer: await question(this.api), news }
    } finally {
      stop()
    }
  }

  listen(listener: (event: StudioEvent) => void): () => void {
    return this.#transport.subscribe(listener)
  }

  /** The link is back after a loss: events are missing, so what is shown must be read again. */
  onReconnect(listener: () => void): () => void {
    this.#reconnectListeners.add(listener)
    return () => this.#reconnectListeners.delete(listener)
  }

  resourceUrl(resource: Resource): string {
    return this.#transport.resourceUrl(resourcePath(resource))
  }

  pictureUrl(id: PictureId): string {
    return this.resourceUrl({ kind: 'picture', id })
  }
}
