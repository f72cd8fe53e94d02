import type { LogitRow } from './logit-row.ts'

/** How sure a model was at one position. Both in nats. */
export interface Likelihood {
  /** Negative log-likelihood of the code that was drawn. */
  readonly nll: number
  /** Entropy of the whole distribution. */
  readonly entropy: number
}

/**
 * NLL of `code` and entropy of `softmax(logits)`, with an error of a millionth.
 * @param row holds the logits, measured
 */
export function likelihoodOf(row: LogitRow, code: number): Likelihood {
  const { mass, weighted } = row.sums(1)
  const logMass = Math.log(mass)
  return { nll: logMass - ((row.logits[code] ?? 0) - row.most), entropy: Math.max(0, logMass - weighted / mass) }
}

/** exp of the mean NLL. */
export function perplexityOf(nlls: Float32Array): number {
  let sum = 0
  for (const nll of nlls) sum += nll
  return Math.exp(sum / Math.max(1, nlls.length))
}
