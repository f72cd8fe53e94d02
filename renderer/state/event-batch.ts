import type { StudioEvent } from '#app/contract/studio-api.ts'

/** Rows and pictures of a long run come faster than a page can show them one by one. */
const frequent: ReadonlySet<StudioEvent['type']> = new Set(['rowFinished', 'candidateFinished'])

/**
 * Hands events on in their order: at once when there is time between them, else together, so that what is made of them
 * is made once for all. Other events than those of rows and pictures do not wait, and what came before goes with them.
 */
export class EventBatch {
  readonly #apply: (event: StudioEvent) => void
  readonly #everyMs: number
  #waiting: StudioEvent[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param everyMs 0 = each event at once */
  constructor(apply: (event: StudioEvent) => void, everyMs: number) {
    this.#apply = apply
    this.#everyMs = everyMs
  }

  add(event: StudioEvent): void {
    this.#waiting.push(event)
    if (this.#timer !== undefined && frequent.has(event.type)) return
    this.flush()
    if (this.#everyMs > 0) this.#timer ??= setTimeout(() => this.#endPause(), this.#everyMs)
  }

  /** What waits is due now, as before something newer is taken over. */
  flush(): void {
    const events = this.#waiting
    this.#waiting = []
    for (const event of events) this.#apply(event)
  }

  #endPause(): void {
    this.#timer = undefined
    const [first] = this.#waiting
    if (first === undefined) return
    this.flush()
    this.#timer = setTimeout(() => this.#endPause(), this.#everyMs)
  }
}
