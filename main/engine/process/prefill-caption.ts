import { textIds } from '#app/kernels/token-geometry.ts'

import type { KeyValueCache } from './key-value-cache.ts'
import type { TransformerRunner } from './transformer-run.ts'

/** What one prefill gives every candidate: caches of the conditional and unconditional row, and logits of the first cell. */
export interface Prefill {
  readonly caches: readonly KeyValueCache[]
  readonly logits: readonly Float32Array[]
}

/**
 * Runs a caption, and with guidance the null caption: always one row at a time, so that neither changes the other.
 * @param caption BPE ids
 */
export async function prefillCaption(
  transformer: TransformerRunner,
  caption: readonly number[],
  isGuided: boolean,
): Promise<Prefill> {
  const { text, image } = transformer.manifest
  const caches: KeyValueCache[] = []
  const logits: Float32Array[] = []
  for (const words of isGuided ? [caption, []] : [caption]) {
    const cache = transformer.createCache(1, 'full')
    const row = new Float32Array(image.vocabulary)
    const ids = BigInt64Array.from(textIds(words, text), BigInt)
    await transformer.run(cache, ids, 0, text.length - 1, row)
    caches.push(cache)
    logits.push(row)
  }
  return { caches, logits }
}
