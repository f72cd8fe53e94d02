import type { DecodeJob } from '#app/contract/engine-protocol.ts'

import { secondsSince, type DecodeProgress, type MutableStageSeconds } from './decode-progress.ts'
import { keepCell, rowMessage, type Draft } from './drafts.ts'
import type { LoadedPack } from './loaded-pack.ts'
import { ParallelDecoder } from './parallel-decode.ts'
import type { Prefill } from './prefill-caption.ts'
import { PreviewDrawer } from './previews.ts'
import { swatchesOf } from './swatches.ts'

/**
 * Not on a device, whose kernels nobody has measured; and in int8 a position alone and in a window differ by more than rounding: activations are quantised
 * after it. With keys and values of 8 bits the two are the same bit for bit, where products are of integers and every layer sees its keys in one order.
 */
export function canDecodeInParallel({ placed, transformer }: LoadedPack): boolean {
  const { precision, rowMultiple, hasSparseLayers } = transformer
  if (placed.device !== 'cpu') return false
  return precision === 'fp32' || (precision === 'int8-cache' && rowMultiple === 1 && !hasSparseLayers)
}

/** One candidate by parallel decoding: the same tokens in fewer runs. */
export async function* decodeSingle(
  pack: LoadedPack,
  job: DecodeJob,
  prefilled: Prefill,
  draft: Draft,
  seconds: MutableStageSeconds,
): AsyncGenerator<DecodeProgress> {
  const { image } = pack.manifest
  const drawer = job.isPreviewWanted ? new PreviewDrawer(pack, () => swatchesOf(pack), 1) : null
  const started = performance.now()
  const accept = (cell: number, code: number, conditional: Float32Array): void =>
    keepCell(draft, cell, code, pack.transformer.sampler.likelihood(conditional, code))
  const decoder = new ParallelDecoder(
    pack.transformer,
    job,
    { index: draft.index, forced: draft.forced, accept },
    prefilled,
  )
  let rowsDone = 0
  while (rowsDone < image.rows) {
    if (decoder.done < (rowsDone + 1) * image.columns) {
      await decoder.advance()
      yield { type: 'step' }
    }
    for (; decoder.done >= (rowsDone + 1) * image.columns; rowsDone++) {
      const row = rowMessage(pack, [draft], rowsDone + 1)
      const decoding = secondsSince(started) - (drawer?.seconds ?? 0)
      const previews = await drawer?.draw([draft.tokens], rowsDone + 1, decoding)
      yield { type: 'row', row: previews ? { ...row, previews } : row }
    }
  }
  seconds.pixels += drawer?.seconds ?? 0
  seconds.decode += secondsSince(started) - (drawer?.seconds ?? 0)
}
