/** Crashes within this time count as one row. */
const rowMs = 60_000

/** Decides what to do about a page that crashed: the first time it is loaded again, soon after that it would only crash again. */
export class PageCrashes {
  #lastAt = -Infinity

  next(now: number): 'reload' | 'explain' {
    const isInRow = now - this.#lastAt < rowMs
    this.#lastAt = now
    return isInRow ? 'explain' : 'reload'
  }
}
