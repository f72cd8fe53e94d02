import type { SamplingSettings } from '../domain/generation.ts'
import { expOfNegative } from './fast-exp.ts'
import { likelihoodOf, type Likelihood } from './likelihood.ts'
import { LogitRow } from './logit-row.ts'
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
 * Holds scratch memory for one vocabulary, in WebAssembly too: make one and keep it. One call after another.
 */
export class CodeSampler {
  /** The logits of the position that is looked at; with guidance, `scaled − highest`. */
  readonly #row: LogitRow
  readonly #scaled: Float64Array
  readonly #weights: Float64Array
  readonly #scratch: Float64Array
  /** Codes still in the race, in ascending order; only the first `#count`. */
  readonly #codes: Int32Array
  #count = 0
  readonly #noise = new PositionNoise()
  readonly #vocabulary: number
  #margin = Infinity
  /** The position that is looked at: without guidance `logit · factor` is the value of a code. */
  #factor = 1
  #isGuided = false
  #isScaled = false
  /** Highest value and its code. */
  #most = 0
  #highest = 0

  constructor(vocabulary: number) {
    this.#vocabulary = vocabulary
    this.#row = new LogitRow(vocabulary)
    this.#scaled = new Float64Array(vocabulary)
    this.#weights = new Float64Array(vocabulary)
    this.#scratch = new Float64Array(vocabulary)
    this.#codes = new Int32Array(vocabulary)
  }

  /** By how much the last drawn code won over the next, in units of `logit / t` (of the logit when t = 0). */
  get margin(): number {
    return this.#margin
  }

  /** How sure a model was of `code`. Forgets the position that was looked at. */
  likelihood(conditional: Float32Array, code: number): Likelihood {
    this.#row.logits.set(conditional)
    this.#row.measure()
    return likelihoodOf(this.#row, code)
  }

  /** How sure a model was of `code` at the position that was looked at last. @param conditional its logits, which with guidance are not at hand any more */
  likelihoodHere(conditional: Float32Array, code: number): Likelihood {
    return this.#isGuided ? this.likelihood(conditional, code) : likelihoodOf(this.#row, code)
  }

  /**
   * `look`, then `choose`.
   * @param conditional logits of one position, `vocabulary` long
   * @param unconditional the same for the null caption; null = no guidance
   * @param position image cell in raster order; with seed and candidate the key of the noise
   * @param particle which of several attempts at the candidate
   */
  draw(
    conditional: Float32Array,
    unconditional: Float32Array | null,
    settings: SamplingSettings,
    seed: number,
    candidate: number,
    position: number,
    particle = 0,
  ): number {
    this.look(conditional, unconditional, settings)
    return this.choose(settings, seed, candidate, position, particle)
  }

  /** Takes in the logits of one position, for any number of draws with the same temperature and guidance. */
  look(
    conditional: Float32Array,
    unconditional: Float32Array | null,
    { temperature, guidanceScale }: Pick<SamplingSettings, 'temperature' | 'guidanceScale'>,
  ): void {
    this.#factor = temperature === 0 ? 1 : 1 / temperature
    this.#isGuided = unconditional !== null
    this.#isScaled = this.#isGuided
    if (unconditional !== null) {
      this.#guide(conditional, unconditional, guidanceScale)
      return
    }
    this.#row.logits.set(conditional)
    this.#row.measure()
    this.#row.above(this.#row.most)
    this.#highest = this.#row.codes[0] ?? 0
    this.#most = this.#row.most * this.#factor
  }

  /** Draws from the position that was looked at last. */
  choose(settings: SamplingSettings, seed: number, candidate: number, position: number, particle = 0): number {
    if (settings.temperature === 0) return this.#winner()
    this.#filter(settings)
    this.#noise.moveTo(seed, candidate, position, particle)
    return this.#race()
  }

  /** Guidance `u + s(c − u)` and division by t. */
  #guide(conditional: Float32Array, unconditional: Float32Array, guidanceScale: number): void {
    const scaled = this.#scaled
    const factor = this.#factor
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
    const { logits } = this.#row
    for (let code = 0; code < vocabulary; code++) logits[code] = (scaled[code] ?? 0) - most
    this.#row.measure()
    this.#most = most
    this.#highest = highest
  }

  /** The values of all codes: without guidance few are needed as a rule. */
  #scaleAll(): void {
    if (this.#isScaled) return
    const scaled = this.#scaled
    const { logits } = this.#row
    for (let code = 0; code < this.#vocabulary; code++) scaled[code] = (logits[code] ?? 0) * this.#factor
    this.#isScaled = true
  }

  /** Leaves in the race, with their weights `exp(x − max)`, the codes that top-k and top-p (of what top-k left) keep. */
  #filter({ topK, topP }: SamplingSettings): void {
    if (topK > 0 && topK < this.#vocabulary) {
      this.#scaleAll()
      const total = this.#keepTopK(topK, this.#most)
      if (topP < 1) this.#keepTopP(topP, total, 0)
      return
    }
    if (topP === 1) {
      this.#weighAbove(smallestWeight)
      return
    }
    // The sum of the weights is known within a bound; where that leaves the edge of the set in doubt, it is added up exactly.
    const mass = this.#weighMost()
    // What a model is sure of leaves nothing to draw. Below 1.5 no other code can tie with the likeliest.
    if (topP * mass * (1 + LogitRow.massError) <= 1 && mass < 1.5) {
      this.#codes[0] = this.#highest
      this.#count = 1
      return
    }
    if (!this.#keepTopP(topP, mass, LogitRow.massError)) this.#keepTopP(topP, this.#weighAll(), 0)
  }

  /** Codes that hold nearly all the mass, and all that may be in a top-p set. @returns the sum of all weights, within `LogitRow.massError` */
  #weighMost(): number {
    // All codes below this weight together are less than half the error.
    const light = LogitRow.massError / (2 * this.#vocabulary)
    const count = this.#weighAbove(light, this.#vocabulary / 8)
    if (count >= 0) {
      let mass = 0
      for (let i = 0; i < count; i++) mass += this.#weights[this.#codes[i] ?? 0] ?? 0
      return mass
    }
    // A flat distribution: adding up in WebAssembly is faster.
    const { mass } = this.#row.sums(this.#isGuided ? 1 : this.#factor)
    this.#weighAbove(light)
    return mass
  }

  /**
   * Codes with a weight of `least` or more, which is at least `smallestWeight`, and a few below.
   * @param most when there are more than this, nothing is done
   * @returns their number; −1 when they are more than `most`
   */
  #weighAbove(least: number, most = Infinity): number {
    const { logits, codes: above } = this.#row
    const [weights, scaled, codes] = [this.#weights, this.#scaled, this.#codes]
    // In single precision a threshold is off by its last digit.
    const room = 1e-3 + Math.abs(this.#row.most) * 1e-6
    const found = this.#row.above(this.#row.most + Math.log(least) / (this.#isGuided ? 1 : this.#factor) - room)
    if (found > most) return -1
    let count = 0
    for (let i = 0; i < found; i++) {
      const code = above[i] ?? 0
      if (!this.#isScaled) scaled[code] = (logits[code] ?? 0) * this.#factor
      const weight = expOfNegative((scaled[code] ?? 0) - this.#most)
      weights[code] = weight
      if (weight >= smallestWeight) codes[count++] = code
    }
    this.#count = count
    return count
  }

  /** All codes that could win. @returns the sum of all weights */
  #weighAll(): number {
    this.#scaleAll()
    const weights = this.#weights
    const scaled = this.#scaled
    const codes = this.#codes
    const vocabulary = this.#vocabulary
    let total = 0
    let count = 0
    for (let code = 0; code < vocabulary; code++) {
      const weight = expOfNegative((scaled[code] ?? 0) - this.#most)
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

  /** Codes of less weight hold less than `1 − p` together, so they are out. */
  #leastOf(topP: number, total: number): number {
    return ((1 - topP) * total) / this.#vocabulary
  }

  /**
   * Among the codes that may be in the set, usually few, its end is found.
   * @param error relative, of `total`
   * @returns false when the error leaves the end in doubt; nothing is then left out
   */
  #keepTopP(topP: number, total: number, error: number): boolean {
    const weights = this.#weights
    const scratch = this.#scratch
    const codes = this.#codes
    const least = this.#leastOf(topP, total) * (1 - error)
    let likely = 0
    for (let i = 0; i < this.#count; i++) {
      const code = codes[i] ?? 0
      const weight = weights[code] ?? 0
      if (weight < least) continue
      scratch[likely] = weight
      codes[likely++] = code
    }
    this.#count = likely
    const target = topP * total
    const end = selectLargest(scratch, likely, target, true)
    const doubt = target * error
    if (error > 0 && !(end.before < target - doubt && end.reached >= target + doubt)) return false
    let ties = end.ties
    let count = 0
    for (let i = 0; i < likely; i++) {
      const code = codes[i] ?? 0
      const weight = weights[code] ?? 0
      if (weight > end.value || (weight === end.value && ties-- > 0)) codes[count++] = code
    }
    this.#count = count
    return true
  }

  /**
   * The argmax of `x + Gumbel` without two logarithms for every code: a code beats the best value M only when
   * `−ln u < exp(x − M)`, and `−ln u ≥ 1 − u`, so one comparison drops nearly all of them.
   * Runner-ups within `e⁻¹` of the best are looked at too, for the margin.
   */
  #race(): number {
    const highest = this.#highest
    if (this.#count === 1 && this.#codes[0] === highest) {
      this.#margin = Infinity
      return highest
    }
    const weights = this.#weights
    const scaled = this.#scaled
    const noise = this.#noise
    const most = this.#most
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

  #winner(): number {
    this.#scaleAll()
    let second = -Infinity
    for (let code = 0; code < this.#vocabulary; code++) {
      const value = this.#scaled[code] ?? 0
      if (code !== this.#highest && value > second) second = value
    }
    this.#margin = this.#most - second
    return this.#highest
  }
}
