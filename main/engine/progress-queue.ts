import type { DecodeListener } from './engine.ts'

/**
 * Delivers the progress of one job in order, each message after the listener is done with the one before.
 * When the listener fails, nothing more is delivered and `drained` rejects with its error.
 */
export class ProgressQueue {
  readonly #listener: DecodeListener
  readonly #onDelivered: () => void
  #last: Promise<void> = Promise.resolve()
  #hasFailed = false
  /** Called once, when the listener has failed. */
  onFailure: () => void = () => undefined

  constructor(listener: DecodeListener, onDelivered: () => void) {
    this.#listener = listener
    this.#onDelivered = onDelivered
  }

  push(deliver: (listener: DecodeListener) => void | Promise<void>): void {
    this.#last = this.#last.then(async () => {
      await deliver(this.#listener)
      this.#onDelivered()
    })
    this.#last.catch(() => {
      if (this.#hasFailed) return
      this.#hasFailed = true
      this.onFailure()
    })
  }

  /** Resolves when everything pushed so far is delivered. */
  drained(): Promise<void> {
    return this.#last
  }
}
