import type { DecodeJob } from '#app/contract/engine-protocol.ts'

import { keepCell, type Draft } from './drafts.ts'
import { cacheBytes } from './key-value-cache.ts'
import type { LoadedPack } from './loaded-pack.ts'
import { StepBatch } from './step-batch.ts'
import type { Prefill } from './prefill-caption.ts'

/** Memory that a prefix may hold on to between two jobs. */
const maxKeptBytes = 128 * 2 ** 20

/** The first cells of a picture in the cache, as single steps put them there: what a fork begins with. */
interface KeptPrefix {
  /** Of what the cells depend on besides their codes. */
  readonly key: string
  readonly codes: readonly number[]
  readonly nlls: Float32Array
  readonly entropies: Float32Array
  readonly batch: StepBatch
}

/** The prefix that the last fork with a pack began with. */
const keptPrefixes = new WeakMap<LoadedPack, KeptPrefix>()

/** Cells from the first on that are forced to the same code in every draft; at least one cell is left to step from. */
function sharedCells(drafts: readonly Draft[]): number {
  const [first] = drafts
  if (first === undefined || drafts.length === 1) return 0
  const cells = first.forced.length - 1
  for (let cell = 0; cell < cells; cell++) {
    const code = first.forced[cell] ?? -1
    if (code < 0 || drafts.some(({ forced }) => forced[cell] !== code)) return cell
  }
  return cells
}

/**
 * Steps through the cells that all drafts share once, in the smallest batch: rows of a batch do not change each other's numbers, so what
 * comes out is what each draft would have had. A fork of the picture that was forked last finds its rows in memory.
 * Yields each cell before its step. @returns a batch of one sequence that has stepped through cells 0 … cells − 1
 */
async function* stepThroughPrefix(
  pack: LoadedPack,
  job: DecodeJob,
  prefilled: Prefill,
  drafts: readonly Draft[],
  cells: number,
): AsyncGenerator<number, StepBatch> {
  const { transformer } = pack
  const [first] = drafts
  const codes = Array.from(first?.forced.subarray(0, cells) ?? [])
  const key = JSON.stringify([job.prompt, prefilled.caches.length])
  const kept = keptPrefixes.get(pack) ?? null
  keptPrefixes.delete(pack)
  const known = kept === null || kept.key !== key || transformer.hasSparseLayers ? 0 : commonLength(kept.codes, codes)
  const isReused = kept !== null && known > 0
  const prefix = isReused
    ? kept
    : {
        nlls: new Float32Array(cellsOf(pack)),
        entropies: new Float32Array(cellsOf(pack)),
        batch: new StepBatch(transformer, 1, prefilled.caches.length),
      }
  if (!isReused) prefix.batch.fillFromPrefill(prefilled)
  // The step of the last known cell is done again: its logits are not kept, its keys come out as they are.
  const begin = isReused ? known - 1 : 0
  for (let cell = 0; cell < cells; cell++) {
    const code = codes[cell] ?? 0
    if (cell >= known) {
      const [draft] = drafts
      if (draft) keepCell(draft, cell, code, transformer.sampler.likelihood(prefix.batch.conditional(0), code))
      prefix.nlls[cell] = draft?.nlls[cell] ?? 0
      prefix.entropies[cell] = draft?.entropies[cell] ?? 0
    }
    for (const draft of drafts) {
      draft.tokens[cell] = code
      draft.nlls[cell] = prefix.nlls[cell] ?? 0
      draft.entropies[cell] = prefix.entropies[cell] ?? 0
    }
    yield cell
    if (cell < begin) continue
    prefix.batch.setCode(0, code)
    await prefix.batch.step(cell)
  }
  if (cacheBytes(prefix.batch.cache) <= maxKeptBytes) keptPrefixes.set(pack, { key, codes, ...prefix })
  return prefix.batch
}

/**
 * Begins to decode drafts side by side, after the cells that all of them are forced to begin with. Yields each of these before its step.
 * @returns a batch that has stepped through the cells before `cell`
 */
export async function* beginBatch(
  pack: LoadedPack,
  job: DecodeJob,
  prefilled: Prefill,
  drafts: readonly Draft[],
): AsyncGenerator<number, { readonly batch: StepBatch; readonly cell: number }> {
  const cell = sharedCells(drafts)
  const prefix = cell === 0 ? null : yield* stepThroughPrefix(pack, job, prefilled, drafts, cell)
  const batch = new StepBatch(pack.transformer, drafts.length, prefilled.caches.length)
  if (prefix === null) batch.fillFromPrefill(prefilled)
  else batch.fillFromOne(prefix)
  return { batch, cell }
}

function cellsOf({ manifest }: LoadedPack): number {
  return manifest.image.rows * manifest.image.columns
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i
  return length
}
