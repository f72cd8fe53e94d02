import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import { textIds } from '#app/kernels/token-geometry.ts'

import type { KeyValueCache } from './key-value-cache.ts'
import type { LoadedPack } from './loaded-pack.ts'

/** What one prefill gives every candidate: caches of the conditional and unconditional row, and logits of the first cell. */
export interface Prefill {
  readonly caches: readonly KeyValueCache[]
  readonly logits: readonly Float32Array[]
}

/** Runs the caption, and with guidance the null caption: always one row at a time, so that neither changes the other. */
export async function prefill(pack: LoadedPack, job: DecodeJob): Promise<Prefill> {
  const { text, image } = pack.manifest
  const captions = [pack.tokenizer.idsOf(job.prompt)]
  if (job.settings.guidanceScale !== 1) captions.push([])
  const caches: KeyValueCache[] = []
  const logits: Float32Array[] = []
  for (const caption of captions) {
    const cache = pack.transformer.createCache(1, 'full')
    const row = new Float32Array(image.vocabulary)
    const ids = BigInt64Array.from(textIds(caption, text), BigInt)
    await pack.transformer.run(cache, ids, 0, text.length - 1, row)
    caches.push(cache)
    logits.push(row)
  }
  return { caches, logits }
}
