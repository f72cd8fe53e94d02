import type { SamplingSettings } from '../domain/generation.ts'
import { expOfNegative } from './fast-exp.ts'
import { PositionNoise } from './noise.ts'
import { selectLargest } from './selection.ts'

/** The largest uniform is 1 − 2⁻³³, so a code whose win needs more than that needs no noise. */
const smallestComplement = 2 ** -33
/** Weights are approximate to 1e-10: a bound made of them gets this much slack. */
const slack = 1 + 1e-9

/**
 * Draws image codes: `argmax(filtered logits / t + Gumbel)`, ties to the lowest code.
 * Holds scratch memory for one vocabulary; one call after another, no state between calls.
 */
export class CodeSampler {
  readonly #scaled: Float64Array
  readonly #weights: Float64Array
  readonly #scratch: Float64Array
  readonly #noise = new PositionNoise()
  readonly #vocabulary: number
  #margin = Infinity

  constructor(vocabulary: number) {
    this.#vocabulary = vocabulary
    this.#scaled = new Float64Array(vocabulary)
    this.#weights = new Float64Array(vocabulary)
    this.#scratch = new Float64Array(vocabulary)
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
    const highest = this.#scale(conditional, unconditional, settings)
    if (settings.temperature === 0) return this.#winner(highest)
    this.#filter(highest, settings)
    this.#noise.moveTo(seed, candidate, position)
    return this.#race(highest)
  }

  /** Guidance `u + s(c − u)` and division by t. Answers the code of the highest. */
  #scale(conditional: Float32Array, unconditional: Float32Array | null, settings: SamplingSettings): number {
    const scaled = this.#scaled
    const { temperature, guidanceScale } = settings
    const factor = temperature === 0 ? 1 : 1 / temperature
    let highest = 0
    let most = -Infinity
    for (let code = 0; code < this.#vocabulary; code++) {
      const c = conditional[code] ?? 0
      const u = unconditional?.[code] ?? c
      const value = (u + guidanceScale * (c - u)) * factor
      scaled[code] = value
      if (value > most) {
        most = value
        highest = code
      }
    }
    return highest
  }

  /** Fills the weights `exp(x − max)`, 0 where top-k or top-p (of what top-k left) drop the code. */
  #filter(highest: number, settings: SamplingSettings): void {
    const weights = this.#weights
    const scaled = this.#scaled
    const vocabulary = this.#vocabulary
    const most = scaled[highest] ?? 0
    if (settings.topK > 0 && settings.topK < vocabulary) {
      this.#scratch.set(scaled)
      const end = selectLargest(this.#scratch, vocabulary, settings.topK, false)
      let ties = end.ties
      for (let code = 0; code < vocabulary; code++) {
        const value = scaled[code] ?? 0
        weights[code] = value > end.value || (value === end.value && ties-- > 0) ? expOfNegative(value - most) : 0
      }
    } else {
      for (let code = 0; code < vocabulary; code++) weights[code] = expOfNegative((scaled[code] ?? 0) - most)
    }
    if (settings.topP < 1) this.#keepTopP(settings.topP)
  }

  /**
   * Codes below `(1 − p)·total / vocabulary` hold less than `1 − p` together, so they are out; among the others, usually
   * few, the end of the set is found.
   */
  #keepTopP(topP: number): void {
    const weights = this.#weights
    const scratch = this.#scratch
    const vocabulary = this.#vocabulary
    let total = 0
    for (let code = 0; code < vocabulary; code++) total += weights[code] ?? 0
    const least = ((1 - topP) * total) / vocabulary
    let count = 0
    for (let code = 0; code < vocabulary; code++) {
      const weight = weights[code] ?? 0
      if (weight >= least) scratch[count++] = weight
    }
    const end = selectLargest(scratch, count, topP * total, true)
    let ties = end.ties
    for (let code = 0; code < vocabulary; code++) {
      const weight = weights[code] ?? 0
      if (weight < end.value || (weight === end.value && ties-- <= 0)) weights[code] = 0
    }
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
    for (let code = 0; code < this.#vocabulary; code++) {
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
