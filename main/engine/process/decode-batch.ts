import type { DecodeJob } from '#app/contract/engine-protocol.ts'

import { secondsSince, type DecodeProgress, type MutableStageSeconds } from './decode-progress.ts'
import { keepCell, rowMessage, type Draft } from './drafts.ts'
import type { LoadedPack } from './loaded-pack.ts'
import type { Prefill } from './prefill-caption.ts'
import { PreviewDrawer } from './previews.ts'
import { beginBatch } from './shared-prefix.ts'
import { swatchesOf } from './swatches.ts'

/** Decodes candidates cell by cell in one batch; cells that all of them are forced to begin with are stepped through once. */
export async function* decodeBatch(
  pack: LoadedPack,
  job: DecodeJob,
  prefilled: Prefill,
  drafts: readonly Draft[],
  seconds: MutableStageSeconds,
): AsyncGenerator<DecodeProgress> {
  const { columns, rows } = pack.manifest.image
  const drawer = job.isPreviewWanted ? new PreviewDrawer(pack, () => swatchesOf(pack), drafts.length) : null
  const grids = drafts.map((draft) => draft.tokens)
  const started = performance.now()
  async function* finishedRow(cell: number): AsyncGenerator<DecodeProgress> {
    if ((cell + 1) % columns !== 0) return
    const rowsDone = (cell + 1) / columns
    const row = rowMessage(pack, drafts, rowsDone)
    const decoding = secondsSince(started) - (drawer?.seconds ?? 0)
    const previews = await drawer?.draw(grids, rowsDone, decoding)
    yield { type: 'row', row: previews ? { ...row, previews } : row }
  }

  const beginning = beginBatch(pack, job, prefilled, drafts)
  let begun = await beginning.next()
  for (; begun.done !== true; begun = await beginning.next()) {
    yield* finishedRow(begun.value)
    yield { type: 'step' }
  }
  const { batch, cell: first } = begun.value
  try {
    const { sampler } = pack.transformer
    const cells = rows * columns
    for (let cell = first; cell < cells; cell++) {
      for (const [index, draft] of drafts.entries()) {
        const conditional = batch.conditional(index)
        const forced = draft.forced[cell] ?? -1
        let code = forced
        if (forced >= 0) {
          keepCell(draft, cell, code, sampler.likelihood(conditional, code))
        } else {
          code = sampler.draw(conditional, batch.unconditional(index), job.settings, job.seed, draft.index, cell)
          keepCell(draft, cell, code, sampler.likelihoodHere(conditional, code))
        }
        batch.setCode(index, code)
      }
      yield* finishedRow(cell)
      if (cell + 1 < cells) {
        await batch.step(cell)
        await drawer?.glance(grids)
        yield { type: 'step' }
      }
    }
  } finally {
    batch.release()
  }
  seconds.pixels += drawer?.seconds ?? 0
  seconds.decode += secondsSince(started) - (drawer?.seconds ?? 0)
}
