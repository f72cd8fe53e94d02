import type { StoredPrecision } from '#app/domain/pack.ts'

import { cacheKinds } from '../../weights/cache-kinds.ts'
import type { ModelParts } from '../families/assemble.ts'
import type { WeightPlan } from '../families/weight-plan.ts'
import { countElements } from '../readers/strided.ts'

/** Protobuf's limit: a larger transformer is kept in 8 bits only. */
const maxFileBytes = 2 ** 31 - 1
/** Share of the copying speed of memory that a decoding step reaches, reading only. */
const readingAdvantage = 1.6

export interface Estimate {
  readonly parameters: number
  readonly memoryBytes: number
  readonly secondsPerPicture: number
}

/**
 * What a model will need.
 * @param bytesPerSecond how fast this machine copies memory
 * @param precision the one that is wanted; absent = fp32 where it fits into a file
 */
export function estimateNeeds(
  { transformer, vae, clip }: ModelParts,
  bytesPerSecond: number,
  precision?: StoredPrecision,
): Estimate {
  const { heads, headDim, textLength, rows, columns } = transformer.description
  const all = countWeights(transformer.plan, () => true)
  // What a step reads: the layers and the head; of the embeddings it takes one row.
  const read = countWeights(transformer.plan, (name) => /^(layers|head)\./.test(name))
  const bytesPerWeight = precision === 'int8' || all * 4 > maxFileBytes ? 1.07 : 4
  const others = countWeights(vae.plan, () => true) + (clip === undefined ? 0 : countWeights(clip.plan, () => true))
  const cache = 2 * cacheKinds(transformer.description).length * heads * headDim * (textLength + rows * columns) * 4
  const seconds = secondsOf(rows * columns, read * bytesPerWeight, bytesPerSecond)
  return {
    parameters: [transformer, vae, clip].reduce((sum, part) => sum + (part?.plan.parameters ?? 0), 0),
    memoryBytes: Math.round(all * bytesPerWeight + others * 4 + cache),
    secondsPerPicture: seconds,
  }
}

/** To read `bytes` in each of `steps`, rounded to hundredths. @param bytesPerSecond as `measureCopySpeed` gives it */
export function secondsOf(steps: number, bytes: number, bytesPerSecond: number): number {
  return Math.round(((steps * bytes) / (bytesPerSecond * readingAdvantage)) * 100) / 100
}

function countWeights(plan: WeightPlan, isCounted: (target: string) => boolean): number {
  return plan.keys.reduce((sum, { target, shape }) => sum + (isCounted(target) ? countElements(shape) : 0), 0)
}

/** Bytes a second that memory is copied at: the best of some copies of 32 MiB, since other programs only ever slow one down. */
export function measureCopySpeed(): number {
  const source = new Uint8Array(2 ** 25).fill(1)
  const target = new Uint8Array(2 ** 25)
  let best = Number.POSITIVE_INFINITY
  for (let copy = 0; copy < 6; copy++) {
    const start = performance.now()
    target.set(source)
    best = Math.min(best, performance.now() - start)
  }
  return (source.length / Math.max(best, 0.01)) * 1000
}
