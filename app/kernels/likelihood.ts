import { expOfNegative } from './fast-exp.ts'

/** How sure a model was at one position. Both in nats. */
export interface Likelihood {
  /** Negative log-likelihood of the code that was drawn. */
  readonly nll: number
  /** Entropy of the whole distribution. */
  readonly entropy: number
}

/** NLL of `code` and entropy of `softmax(logits)`. */
export function likelihoodOf(logits: Float32Array, code: number): Likelihood {
  let most = -Infinity
  // Index loops: iterating a typed array costs several times more, and this runs for every token.
  const count = logits.length
  for (let i = 0; i < count; i++) {
    const logit = logits[i] ?? 0
    if (logit > most) most = logit
  }
  let sum = 0
  let weighted = 0
  for (let i = 0; i < count; i++) {
    const shifted = (logits[i] ?? 0) - most
    const weight = expOfNegative(shifted)
    sum += weight
    weighted += weight * shifted
  }
  const logSum = Math.log(sum)
  return { nll: logSum - ((logits[code] ?? 0) - most), entropy: Math.max(0, logSum - weighted / sum) }
}

/** exp of the mean NLL. */
export function perplexityOf(nlls: Float32Array): number {
  let sum = 0
  for (const nll of nlls) sum += nll
  return Math.exp(sum / Math.max(1, nlls.length))
}
