import type { SamplingSettings } from '../domain/generation.ts'
import { expOfNegative } from './fast-exp.ts'
import { PositionNoise } from './noise.ts'
import { selectLargest } from './selection.ts'

/** The largest uniform is 1 − 2⁻³³, so a code whose win needs more than that needs no noise. */
const smallestComplement = 2 ** -33
/** Weights are approximate to 1e-10: a bound made of them gets this much slack. */
const slack = 1 + 1e-9
/**
 * Codes with less weight never win: even the smallest Gumbel of the likeliest code leaves them odds below `smallestComplement`,
 * and below it by a nat for the margin.
 */
const smallestWeight = smallestComplement / (Math.E * Math.E * Math.log(2 ** 33))

/**
 * Draws image codes: `argmax(filtered logits / t + Gumbel)`, ties to the lowest code.
 * Holds scratch memory for one vocabulary; one call after another, no state between calls.
 */
export class CodeSampler {
  readonly #scaled: Float64Array
  readonly #weights: Float64Array
  readonly #scratch: Float64Array
  /** Codes still in the race, in ascending order; only the first `#count`. */
  readonly #codes: Int32Array
  #count = 0
  readonly #noise = new PositionNoise()
  readonly #vocabulary: number
  #margin = Infinity

  constructor(vocabulary: number) {
    this.#vocabulary = vocabulary
    this.#scaled = new Float64Array(vocabulary)
    this.#weights = new Float64Array(vocabulary)
    this.#scratch = new Float64Array(vocabulary)
    this.#codes = new Int32Array(vocabulary)
  }

  /** By how much the last drawn code won over the next, in units of `logit / t` (of the logit when t = 0). */
  get margin(): number {
    return this.#margin
  }

  /**
   * @param conditional logits of one position, `vocabulary` long
   * @param unconditional the same for the null caption; null = no guidance
   * @param position image cell in raster order; with seed and candidate the key of the noise
   */
  draw(
    conditional: Float32Array,
    unconditional: Float32Array | null,
    settings: SamplingSettings,
    seed: number,
    candidate: number,
    position: number,
  ): number {
    const { temperature } = settings
    const factor = temperature === 0 ? 1 : 1 / temperature
    const highest =
      unconditional === null
        ? this.#scale(conditional, factor)
        : this.#guide(conditional, unconditional, settings.guidanceScale, factor)
    if (temperature === 0) return this.#winner(highest)
    this.#filter(highest, settings)
    this.#noise.moveTo(seed, candidate, position)
    return this.#race(highest)
  }

  /** Division by t. Answers the code of the highest. */
  #scale(conditional: Float32Array, factor: number): number {
    const scaled = this.#scaled
    const vocabulary = this.#vocabulary
    let highest = 0
    let most = -Infinity
    for (let code = 0; code < vocabulary; code++) {
      const value = (conditional[code] ?? 0) * factor
      scaled[code] = value
      if (value > most) {
        most = value
        highest = code
      }
    }
    return highest
  }

  /** Guidance `u + s(c − u)` and division by t. Answers the code of the highest. */
  #guide(conditional: Float32Array, unconditional: Float32Array, guidanceScale: number, factor: number): number {
    const scaled = this.#scaled
    const vocabulary = this.#vocabulary
    let highest = 0
    let most = -Infinity
    for (let code = 0; code < vocabulary; code++) {
      const u = unconditional[code] ?? 0
      const value = (u + guidanceScale * ((conditional[code] ?? 0) - u)) * factor
      scaled[code] = value
      if (value > most) {
        most = value
        highest = code
      }
    }
    return highest
  }

  /** Leaves in the race, with their weights `exp(x − max)`, the codes that top-k and top-p (of what top-k left) keep. */
  #filter(highest: number, settings: SamplingSettings): void {
    const most = this.#scaled[highest] ?? 0
    const isCut = settings.topK > 0 && settings.topK < this.#vocabulary
    const total = isCut ? this.#keepTopK(settings.topK, most) : this.#weighAll(most)
    if (settings.topP < 1) this.#keepTopP(settings.topP, total)
  }

  /** All codes that could win. @returns the sum of all weights */
  #weighAll(most: number): number {
    const weights = this.#weights
    const scaled = this.#scaled
    const codes = this.#codes
    const vocabulary = this.#vocabulary
    let total = 0
    let count = 0
    for (let code = 0; code < vocabulary; code++) {
      const weight = expOfNegative((scaled[code] ?? 0) - most)
      weights[code] = weight
      total += weight
      if (weight >= smallestWeight) codes[count++] = code
    }
    this.#count = count
    return total
  }

  #keepTopK(topK: number, most: number): number {
    const weights = this.#weights
    const scaled = this.#scaled
    const vocabulary = this.#vocabulary
    this.#scratch.set(scaled)
    const end = selectLargest(this.#scratch, vocabulary, topK, false)
    let ties = end.ties
    let total = 0
    let count = 0
    for (let code = 0; code < vocabulary; code++) {
      const value = scaled[code] ?? 0
      if (value < end.value || (value === end.value && ties-- <= 0)) continue
      const weight = expOfNegative(value - most)
      weights[code] = weight
      total += weight
      this.#codes[count++] = code
    }
    this.#count = count
    return total
  }

  /**
   * Codes below `(1 − p)·total / vocabulary` hold less than `1 − p` together, so they are out; among the others, usually
   * few, the end of the set is found.
   */
  #keepTopP(topP: number, total: number): void {
    const weights = this.#weights
    const scratch = this.#scratch
    const codes = this.#codes
    const least = ((1 - topP) * total) / this.#vocabulary
    let likely = 0
    for (let i = 0; i < this.#count; i++) {
      const code = codes[i] ?? 0
      const weight = weights[code] ?? 0
      if (weight < least) continue
      scratch[likely] = weight
      codes[likely++] = code
    }
    const end = selectLargest(scratch, likely, topP * total, true)
    let ties = end.ties
    let count = 0
    for (let i = 0; i < likely; i++) {
      const code = codes[i] ?? 0
      const weight = weights[code] ?? 0
      if (weight > end.value || (weight === end.value && ties-- > 0)) codes[count++] = code
    }
    this.#count = count
  }

  /**
   * The argmax of `x + Gumbel` without two logarithms for every code: a code beats the best value M only when
   * `−ln u < exp(x − M)`, and `−ln u ≥ 1 − u`, so one comparison drops nearly all of them.
   * Runner-ups within `e⁻¹` of the best are looked at too, for the margin.
   */
  #race(highest: number): number {
    const weights = this.#weights
    const scaled = this.#scaled
    const noise = this.#noise
    const most = scaled[highest] ?? 0
    let best = most + noise.gumbel(highest)
    let winner = highest
    let second = -Infinity
    let reach = Math.exp(most - best + 1) * slack
    for (let i = 0; i < this.#count; i++) {
      const code = this.#codes[i] ?? 0
      const odds = (weights[code] ?? 0) * reach
      if (odds <= smallestComplement || code === highest) continue
      const uniform = noise.uniform(code)
      if (1 - uniform > odds) continue
      const value = (scaled[code] ?? 0) - Math.log(-Math.log(uniform))
      if (value > best || (value === best && code < winner)) {
        second = best
        best = value
        winner = code
        reach = Math.exp(most - best + 1) * slack
      } else if (value > second) {
        second = value
      }
    }
    this.#margin = best - second
    return winner
  }

  #winner(highest: number): number {
    let second = -Infinity
    for (let code = 0; code < this.#vocabulary; code++) {
      const value = this.#scaled[code] ?? 0
      if (code !== highest && value > second) second = value
    }
    this.#margin = (this.#scaled[highest] ?? 0) - second
    return highest
  }
}
