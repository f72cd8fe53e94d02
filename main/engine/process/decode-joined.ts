import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import { PositionNoise } from '#app/kernels/noise.ts'
import { effectiveCount, pick, resample } from '#app/kernels/particles.ts'

import { secondsSince, type DecodeProgress, type MutableStageSeconds } from './decode-progress.ts'
import { copyDraft, draftFor, keepCell, rowMessage, type Draft } from './drafts.ts'
import type { LoadedPack } from './loaded-pack.ts'
import type { Prefill } from './prefill-caption.ts'
import { PreviewDrawer } from './previews.ts'
import { beginBatch } from './shared-prefix.ts'
import type { StepBatch } from './step-batch.ts'
import { swatchesOf } from './swatches.ts'

/** The attempts at one candidate. */
interface Group {
  readonly index: number
  /** Its first cell that is drawn. */
  readonly hole: number
  /** Place of the first in the batch. */
  readonly first: number
  readonly particles: readonly Draft[]
  /** Of the kept cells since the last resampling, by attempt: logarithms. */
  readonly logWeights: number[]
}

/**
 * Candidates whose hole is followed by kept cells, each by several attempts at once (sequential Monte Carlo): at the end of a row the attempts
 * are weighed by how likely they make the kept cells that came by, and the unlikely ones go on as copies of the likely ones; in the end one is
 * picked by its weight. Rows may still change, so they are `isProvisional`.
 * Depends on what other decoding depends on, and on the number of attempts.
 */
export async function* decodeJoined(
  pack: LoadedPack,
  job: DecodeJob,
  prefilled: Prefill,
  drafts: readonly Draft[],
  seconds: MutableStageSeconds,
): AsyncGenerator<DecodeProgress> {
  const { transformer } = pack
  const { sampler } = transformer
  const { columns, rows } = pack.manifest.image
  const count = job.attempts ?? 1
  const groups = drafts.map((draft, number): Group => ({
    index: draft.index,
    hole: draft.forced.indexOf(-1),
    first: number * count,
    particles: [draft, ...Array.from({ length: count - 1 }, () => draftFor(pack, job, draft.index))],
    logWeights: Array.from({ length: count }, () => 0),
  }))
  const drawer = job.isPreviewWanted ? new PreviewDrawer(pack, () => swatchesOf(pack), drafts.length) : null
  const started = performance.now()
  async function* finishedRow(cell: number): AsyncGenerator<DecodeProgress> {
    if ((cell + 1) % columns !== 0) return
    const rowsDone = (cell + 1) / columns
    const heaviest = groups.map(({ particles, logWeights }) => particles[heaviestOf(logWeights)] ?? particles[0]!)
    const row = { ...rowMessage(pack, heaviest, rowsDone), isProvisional: true }
    const decoding = secondsSince(started) - (drawer?.seconds ?? 0)
    const previews = await drawer?.draw(
      heaviest.map((draft) => draft.tokens),
      rowsDone,
      decoding,
    )
    yield { type: 'row', row: previews ? { ...row, previews } : row }
  }

  const all = groups.flatMap(({ particles }) => particles)
  const beginning = beginBatch(pack, job, prefilled, all)
  let begun = await beginning.next()
  for (; begun.done !== true; begun = await beginning.next()) {
    yield* finishedRow(begun.value)
    yield { type: 'step' }
  }
  const { batch, cell: firstCell } = begun.value
  const end = rows * columns
  try {
    for (let cell = firstCell; cell < end; cell++) {
      for (const { index, hole, first, particles, logWeights } of groups) {
        for (const [particle, draft] of particles.entries()) {
          const place = first + particle
          const conditional = batch.conditional(place)
          const forced = draft.forced[cell] ?? -1
          const code =
            forced >= 0
              ? forced
              : sampler.draw(conditional, batch.unconditional(place), job.settings, job.seed, index, cell, particle)
          keepCell(draft, cell, code, sampler.likelihood(conditional, code))
          batch.setCode(place, code)
          if (forced >= 0 && cell > hole) logWeights[particle] = (logWeights[particle] ?? 0) - (draft.nlls[cell] ?? 0)
        }
      }
      if ((cell + 1) % columns === 0) for (const group of groups) replaceUnlikely(group, batch, job.seed, cell)
      yield* finishedRow(cell)
      if (cell + 1 < end) {
        await batch.step(cell)
        yield { type: 'step' }
      }
    }
  } finally {
    batch.release()
  }
  for (const { index, particles, logWeights } of groups) {
    const chosen = particles[pick(logWeights, uniformAt(job.seed, index, end, count))]
    const [draft] = particles
    if (draft && chosen && chosen !== draft) copyDraft(chosen, draft)
  }
  seconds.pixels += drawer?.seconds ?? 0
  seconds.decode += secondsSince(started) - (drawer?.seconds ?? 0)
}

/** When a few attempts hold nearly all the weight. */
function replaceUnlikely(
  { index, first, particles, logWeights }: Group,
  batch: StepBatch,
  seed: number,
  cell: number,
): void {
  const count = particles.length
  if (effectiveCount(logWeights) >= count / 2) return
  for (const { from, to } of resample(logWeights, uniformAt(seed, index, cell, count))) {
    const [source, target] = [particles[from], particles[to]]
    if (source && target) copyDraft(source, target)
    batch.copySequence(first + from, first + to)
  }
  logWeights.fill(0)
}

/** Noise of a decision between attempts: that of a particle that none of them is. */
function uniformAt(seed: number, candidate: number, position: number, count: number): number {
  const noise = new PositionNoise()
  noise.moveTo(seed, candidate, position, count)
  return noise.uniform(0)
}

function heaviestOf(logWeights: readonly number[]): number {
  return logWeights.indexOf(Math.max(...logWeights))
}
