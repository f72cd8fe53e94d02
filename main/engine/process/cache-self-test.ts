import type * as ort from 'onnxruntime-node'

import type { PackManifest, Precision } from '#app/domain/pack.ts'

import { createCache } from './key-value-cache.ts'
import { TransformerRunner, type CacheMode } from './transformer-run.ts'

/**
 * Tries one step on a cache in place: the logits must have been written and the cache must have changed, where it is.
 * The way this is done leans on what one release of onnxruntime-node does with a sequence output; where another
 * release differs, decoding goes on with copied outputs, slower and never wrong.
 */
export async function findCacheMode(
  session: ort.InferenceSession,
  manifest: PackManifest,
  precision: Precision,
): Promise<CacheMode> {
  if (!session.outputNames.includes('done')) return 'copied'
  const runner = new TransformerRunner(session, manifest, precision, 'inPlace', 1)
  const cache = createCache(manifest, precision, 1, 'full')
  const logits = new Float32Array(manifest.image.vocabulary).fill(Number.NaN)
  // A byte cannot be no number; −128 stands there only where a key is far beyond its range.
  cache.entries.forEach(({ values }) => values.fill(values instanceof Int8Array ? -128 : Number.NaN))
  await runner.run(cache, BigInt64Array.of(0n), 0, 0, logits)
  const { headDim } = manifest.transformer
  const isCacheWritten = cache.entries.every(({ values }) =>
    values instanceof Int8Array
      ? values.subarray(0, headDim).some((value) => value !== -128)
      : !Number.isNaN(values[0]),
  )
  const isLogitWritten = logits.every((logit) => !Number.isNaN(logit))
  return isCacheWritten && isLogitWritten ? 'inPlace' : 'copied'
}
