/** Cells guessed ahead in a window. More are right per run, and each run costs more: main/engine/README.md. */
export const windowCells = 12

/** Weight of what was seen last in the running means. */
const recent = 0.15
/** What a window must promise over single steps, for its estimate is a guess. */
const margin = 1.05

/**
 * Decides between a window of guessed cells and a single step: whichever finishes more cells a second, by what runs of both took so far and
 * how many guesses were right. Never changes a token.
 */
export class WindowPolicy {
  readonly #most: number
  /** Milliseconds of a run of one cell and of a window; 0 = not known yet. */
  #stepMs = 0
  #windowMs = 0
  /** Cells that a window finishes, and the share of right guesses at single steps. */
  #finished: number
  #hits = 1

  /** @param most cells of a window */
  constructor(most = windowCells) {
    this.#most = most
    this.#finished = most
  }

  /** For a new picture: nothing is known of how well it can be guessed. */
  begin(): void {
    this.#hits = 1
    this.#finished = this.#most
  }

  /** Cells to run next. */
  next(): number {
    if (this.#stepMs === 0) return 1
    if (this.#windowMs === 0) return this.#most
    const expected = Math.max(this.#finished, this.#cellsAt(this.#hits))
    return expected * this.#stepMs > this.#windowMs * margin ? this.#most : 1
  }

  /**
   * @param length cells that were run: 1 or `most`; others say nothing
   * @param finished how many are done now
   * @param isHit at a single step: whether the guess for the next cell was right
   */
  note(length: number, finished: number, isHit: boolean, ms: number): void {
    if (length === 1) {
      this.#stepMs = mean(this.#stepMs, ms)
      this.#hits += recent * ((isHit ? 1 : 0) - this.#hits)
      // What windows did before says less and less.
      this.#finished += recent * (this.#cellsAt(this.#hits) - this.#finished)
    } else if (length === this.#most) {
      this.#windowMs = mean(this.#windowMs, ms)
      // Sooner down than up: a window that fails costs several single steps.
      this.#finished += (finished < this.#finished ? 4 : 2) * recent * (finished - this.#finished)
      this.#hits = Math.min(1, 1 - 1 / Math.max(1.2, this.#finished))
    }
  }

  /** Expected length of a run of right guesses, and the cell that ends it. */
  #cellsAt(hits: number): number {
    return hits >= 1 ? this.#most : (1 - hits ** this.#most) / (1 - hits)
  }
}

/** Of times: a stalled run says little. */
function mean(known: number, ms: number): number {
  return known === 0 ? ms : known + recent * (Math.min(ms, 3 * known) - known)
}
