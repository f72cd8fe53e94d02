import { createSubscriber } from 'svelte/reactivity'

/** A clock that runs only while something shown reads it. */
export class Ticker {
  readonly #subscribe: () => void

  constructor(intervalMs: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, intervalMs)
      return () => clearInterval(timer)
    })
  }

  /** Milliseconds of the page's clock; read in an effect or template, it is read again every interval. */
  get nowMs(): number {
    this.#subscribe()
    return Date.now()
  }
}
