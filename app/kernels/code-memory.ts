/** Entries, a power of two: some 600 pictures of 12 × 12 codes that have nothing in common. */
const size = 2 ** 17

/** Cells whose codes tell the most about the next one, as steps back in raster order; the longest context that is known decides. */
function contextsOf(columns: number): readonly (readonly number[])[] {
  const above = columns
  return [[above, 1, above - 1, above + 1, 2], [above, 1, above - 1], [above, 1], [1], [above]]
}

/** Of these contexts the place in the grid is part. */
const placed = [false, false, false, true, false]

/**
 * Remembers which code followed which neighbours in the pictures of a model: guesses for decoding in parallel, where a wrong one costs time and
 * never a token. Of bounded size: what comes late replaces what is rare.
 */
export class CodeMemory {
  readonly #contexts: readonly (readonly number[])[]
  readonly #tags = new Int32Array(size)
  readonly #codes = new Uint16Array(size)
  /** How sure: up with each time it was right, down with each time it was not. 0 = empty. */
  readonly #counts = new Uint8Array(size)

  constructor(columns: number) {
    this.#contexts = contextsOf(columns)
  }

  /** @param codes of a whole grid */
  learn(codes: ArrayLike<number>): void {
    for (let cell = 0; cell < codes.length; cell++) {
      const code = codes[cell] ?? 0
      for (let context = 0; context < this.#contexts.length; context++) {
        const tag = this.#tagOf(context, codes, cell)
        const slot = tag & (size - 1)
        const count = this.#counts[slot] ?? 0
        if (count > 0 && this.#tags[slot] === tag && this.#codes[slot] === code) {
          this.#counts[slot] = Math.min(255, count + 1)
        } else if (count > 1) {
          this.#counts[slot] = count - 1
        } else {
          this.#tags[slot] = tag
          this.#codes[slot] = code
          this.#counts[slot] = 1
        }
      }
    }
  }

  /**
   * @param codes of the cells before `cell`
   * @returns −1 when nothing like it has been seen
   */
  guess(codes: ArrayLike<number>, cell: number): number {
    for (let context = 0; context < this.#contexts.length; context++) {
      const tag = this.#tagOf(context, codes, cell)
      const slot = tag & (size - 1)
      if ((this.#counts[slot] ?? 0) > 0 && this.#tags[slot] === tag) return this.#codes[slot] ?? 0
    }
    return -1
  }

  /** A hash of what a context sees. */
  #tagOf(context: number, codes: ArrayLike<number>, cell: number): number {
    let tag = Math.imul(context + 1, 0x9e3779b1)
    if (placed[context] === true) tag = mixed(tag, cell)
    for (const back of this.#contexts[context] ?? []) tag = mixed(tag, back > cell ? -1 : (codes[cell - back] ?? 0))
    return tag ^ (tag >>> 15)
  }
}

function mixed(tag: number, value: number): number {
  const sum = Math.imul(tag ^ value, 0x85ebca6b)
  return sum ^ (sum >>> 13)
}
