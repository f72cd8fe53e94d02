/** Milliseconds of script that new pictures may cost a frame: of the 4 that it is to have at most, an answer of the library takes one. */
const budgetMs = 1.5
const [fewest, most] = [3, 96]
/** A list that stands may stutter for a frame, and is to be whole soon. */
const fewestAtRest = 12
/** How much of an estimate the newest frame makes up. */
const newest = 0.3

/** How many pictures a frame has time for, by what they cost in the frames before: little on a fast machine, much on one that is busy. */
export class FrameBudget {
  /** Milliseconds by the clock: attributes set, and loading begun. */
  #costMs = 0.15

  get pictures(): number {
    return Math.min(most, Math.max(fewest, Math.floor(budgetMs / this.#costMs)))
  }

  /** The same where nothing moves that could stutter. */
  get picturesAtRest(): number {
    return Math.max(fewestAtRest, this.pictures)
  }

  /** @param ms what a frame took for so many pictures */
  learn(pictures: number, ms: number): void {
    if (pictures > 0) this.#costMs += newest * (ms / pictures - this.#costMs)
  }
}
