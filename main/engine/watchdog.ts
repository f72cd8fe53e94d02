export interface WatchdogOptions {
  /** Longest silence while a pack loads: making a session is one native call. */
  readonly loadSeconds: number
  /** Longest silence otherwise: one step, one group of pictures. */
  readonly stepSeconds: number
}

/** Calls back when a process that has work says nothing for too long. */
export class Watchdog {
  readonly #onStuck: (seconds: number) => void
  readonly #options: WatchdogOptions
  #seconds = 0
  #timer: NodeJS.Timeout | null = null

  constructor(onStuck: (seconds: number) => void, options: Partial<WatchdogOptions> = {}) {
    this.#onStuck = onStuck
    this.#options = { loadSeconds: 300, stepSeconds: 60, ...options }
  }

  /** What the process is busy with; starts the silence anew when that changes. */
  expect(work: 'nothing' | 'load' | 'step'): void {
    const { loadSeconds, stepSeconds } = this.#options
    const seconds = { nothing: 0, load: loadSeconds, step: stepSeconds }[work]
    if (seconds === this.#seconds) return
    this.#seconds = seconds
    this.hear()
  }

  /** A sign of life. */
  hear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = this.#seconds === 0 ? null : setTimeout(() => this.#onStuck(this.#seconds), this.#seconds * 1000)
  }
}
