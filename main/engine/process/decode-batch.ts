import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import { CodeSampler } from '#app/kernels/sampling.ts'

import { secondsSince, type DecodeProgress, type MutableStageSeconds } from './decode-progress.ts'
import { keepCell, rowMessage, type Draft } from './drafts.ts'
import { broadcastCache } from './key-value-cache.ts'
import type { LoadedPack } from './loaded-pack.ts'
import type { Prefill } from './prefill.ts'
import { PreviewDrawer } from './previews.ts'
import { swatchesOf } from './swatches.ts'

/** Decodes candidates cell by cell: conditional rows first, then the unconditional ones, in one batch. */
export async function* decodeBatch(
  pack: LoadedPack,
  job: DecodeJob,
  prefilled: Prefill,
  drafts: readonly Draft[],
  seconds: MutableStageSeconds,
): AsyncGenerator<DecodeProgress> {
  const { image, text } = pack.manifest
  const used = drafts.length * prefilled.caches.length
  const { rowMultiple } = pack.transformer
  const rows = Math.ceil(used / rowMultiple) * rowMultiple
  const drawer = job.isPreviewWanted ? new PreviewDrawer(pack, () => swatchesOf(pack), drafts.length) : null
  const started = performance.now()
  const cache = pack.transformer.createCache(rows, 'compact')
  const logits = new Float32Array(rows * image.vocabulary)
  const rowLogits = Array.from({ length: rows }, (_, row) =>
    logits.subarray(row * image.vocabulary, (row + 1) * image.vocabulary),
  )
  prefilled.caches.forEach((source, part) => {
    const first = part * drafts.length
    broadcastCache(source, cache, first, first + drafts.length - 1, text.length)
    for (let row = first; row < first + drafts.length; row++) rowLogits[row]?.set(prefilled.logits[part] ?? [])
  })
  // Rows added to reach the multiple repeat the first candidates; nobody reads their logits.
  if (prefilled.caches[0] && rows > used) broadcastCache(prefilled.caches[0], cache, used, rows - 1, text.length)
  const ids = new BigInt64Array(rows)
  const sampler = new CodeSampler(image.vocabulary)
  const grids = drafts.map((draft) => draft.tokens)
  const cells = image.rows * image.columns
  for (let cell = 0; cell < cells; cell++) {
    drafts.forEach((draft, i) => {
      const code = drawCell(
        draft,
        cell,
        job,
        sampler,
        rowLogits[i],
        prefilled.caches.length > 1 ? (rowLogits[drafts.length + i] ?? null) : null,
      )
      for (let row = i; row < rows; row += drafts.length) ids[row] = BigInt(image.firstId + code)
    })
    if ((cell + 1) % image.columns === 0) {
      const rowsDone = (cell + 1) / image.columns
      const row = rowMessage(pack, drafts, rowsDone)
      const decoding = secondsSince(started) - (drawer?.seconds ?? 0)
      const previews = await drawer?.draw(grids, rowsDone, decoding)
      yield { type: 'row', row: previews ? { ...row, previews } : row }
    }
    if (cell + 1 < cells) {
      await pack.transformer.run(cache, ids, text.length + cell, 0, logits)
      yield { type: 'step' }
    }
  }
  seconds.pixels += drawer?.seconds ?? 0
  seconds.decode += secondsSince(started) - (drawer?.seconds ?? 0)
}

function drawCell(
  draft: Draft,
  cell: number,
  job: DecodeJob,
  sampler: CodeSampler,
  conditional: Float32Array | undefined,
  unconditional: Float32Array | null,
): number {
  if (conditional === undefined) throw new StudioError('internal', 'A candidate has no logits.')
  const forced = draft.forced[cell] ?? -1
  const code =
    forced >= 0 ? forced : sampler.draw(conditional, unconditional, job.settings, job.seed, draft.index, cell)
  keepCell(draft, cell, code, conditional)
  return code
}
