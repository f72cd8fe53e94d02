export interface WatchdogOptions {
  /** Longest time a load may take; null = by the size of the pack. Making a session is one native call, so nothing is heard meanwhile. */
  readonly loadSeconds: number | null
  /** Longest silence otherwise: one step, one group of pictures. */
  readonly stepSeconds: number
}

/** `both`: a job is decoded while another pack loads, each slowing the other. */
type Work = 'nothing' | 'load' | 'step' | 'both'

/** Calls back when a process that has work says nothing for too long. */
export class Watchdog {
  readonly #onStuck: (seconds: number) => void
  readonly #options: WatchdogOptions
  #work: Work = 'nothing'
  #seconds = 0
  #timer: NodeJS.Timeout | null = null

  constructor(onStuck: (seconds: number) => void, options: Partial<WatchdogOptions> = {}) {
    this.#onStuck = onStuck
    this.#options = { loadSeconds: null, stepSeconds: 60, ...options }
  }

  /**
   * What the process is busy with; starts the time anew when that changes.
   * @param loadSeconds for loads: the longest time, when the options name none
   */
  expect(work: Work, loadSeconds = 0): void {
    const { loadSeconds: wanted, stepSeconds } = this.#options
    const load = wanted ?? loadSeconds
    const seconds = { nothing: 0, load, step: stepSeconds, both: Math.max(load, stepSeconds) }[work]
    if (work === this.#work && seconds === this.#seconds) return
    this.#work = work
    this.#seconds = seconds
    this.#startTimer()
  }

  /** A sign of life. A load alone is bounded as a whole: a process may beat on while the load it waits for never ends. */
  hear(): void {
    if (this.#work !== 'load') this.#startTimer()
  }

  #startTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = this.#seconds === 0 ? null : setTimeout(() => this.#onStuck(this.#seconds), this.#seconds * 1000)
  }
}
