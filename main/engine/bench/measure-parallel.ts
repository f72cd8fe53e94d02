import type { SamplingSettings } from '#app/domain/generation.ts'

import type { DecodeOrder } from '../process/decode.ts'
import { decodeBatch } from '../process/decode-batch.ts'
import { decodeSingle } from '../process/decode-single.ts'
import { draftFor } from '../process/drafts.ts'
import { loadPack, type LoadedPack } from '../process/loaded-pack.ts'
import { prefill } from '../process/prefill.ts'
import { benchJob } from './bench-job.ts'
import type { BenchPack } from './measure-run.ts'

/** One candidate decoded in parallel and cell by cell. */
export interface ParallelMeasurement {
  readonly settings: SamplingSettings
  readonly pictures: number
  readonly tokens: number
  readonly differentTokens: number
  /** Seconds of decoding a picture, mean. */
  readonly cellByCellSeconds: number
  readonly parallelSeconds: number
  /** Runs of the transformer a picture, mean; cell by cell it is one for each cell but the first. */
  readonly parallelRuns: number
  /** Of the first picture of each prompt, of which nothing is remembered: the runs, and how many times faster it is. */
  readonly newPromptRuns: number
  readonly newPromptSpeedup: number
}

const prompts = ['a red apple on a white background', 'a blue guitar', 'a rocket', 'a yellow cat', 'a green tree']

/**
 * Both orders in turn, the same seeds; five prompts again and again. What decoding in parallel remembers begins empty, and it draws each picture first, so that
 * it never has seen it. Tokens only: their pixels cost the same in both.
 * @param change of the settings of the pack
 */
export async function measureParallel(
  pack: BenchPack,
  threads: number,
  pictures: number,
  change: Partial<SamplingSettings> = {},
): Promise<ParallelMeasurement> {
  const loaded = await loadPack(
    { packId: pack.manifest.id, folder: pack.folder, precision: 'fp32' },
    { threads, mayUseFewer: true },
  )
  const { temperature, topK, topP, guidanceScale } = pack.manifest.sampling
  const settings = { temperature, topK, topP, guidanceScale, ...change }
  const totals = { auto: emptyTotal(), cellByCell: emptyTotal() }
  let tokens = 0
  let differentTokens = 0
  for (let number = -1; number < pictures; number++) {
    const drawn: Record<DecodeOrder, Uint16Array> = { auto: new Uint16Array(), cellByCell: new Uint16Array() }
    for (const order of ['auto', 'cellByCell'] as const) {
      const picture = await drawOne(loaded, settings, number, order)
      drawn[order] = picture.tokens
      // Number −1 warms up.
      if (number < 0) continue
      const total = totals[order]
      total.seconds += picture.seconds
      total.runs += picture.runs
      if (number >= prompts.length) continue
      total.newSeconds += picture.seconds
      total.newRuns += picture.runs
    }
    if (number < 0) continue
    tokens += drawn.auto.length
    differentTokens += drawn.auto.reduce((sum, code, cell) => sum + (code === drawn.cellByCell[cell] ? 0 : 1), 0)
  }
  await loaded.dispose()
  return {
    settings,
    pictures,
    tokens,
    differentTokens,
    cellByCellSeconds: totals.cellByCell.seconds / pictures,
    parallelSeconds: totals.auto.seconds / pictures,
    parallelRuns: totals.auto.runs / pictures,
    newPromptRuns: totals.auto.newRuns / Math.min(pictures, prompts.length),
    newPromptSpeedup: totals.cellByCell.newSeconds / totals.auto.newSeconds,
  }
}

function emptyTotal(): Record<'seconds' | 'runs' | 'newSeconds' | 'newRuns', number> {
  return { seconds: 0, runs: 0, newSeconds: 0, newRuns: 0 }
}

async function drawOne(
  pack: LoadedPack,
  settings: SamplingSettings,
  number: number,
  order: DecodeOrder,
): Promise<{ tokens: Uint16Array; seconds: number; runs: number }> {
  // The picture that warms up is of none of the prompts.
  const prompt = number < 0 ? 'a sun' : (prompts[number % prompts.length] ?? '')
  const job = benchJob(pack.manifest, { prompt, seed: 1000 + number, candidates: [Math.max(0, number)], settings })
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  const draft = draftFor(pack, job, Math.max(0, number))
  const prefilled = await prefill(pack, job)
  const before = pack.transformer.runs
  const progress =
    order === 'auto'
      ? decodeSingle(pack, job, prefilled, draft, seconds)
      : decodeBatch(pack, job, prefilled, [draft], seconds)
  while ((await progress.next()).done !== true);
  // As a finished candidate does.
  if (order === 'auto') pack.transformer.memory.learn(draft.tokens)
  const captions = prefilled.caches.length
  const runs = (pack.transformer.runs - before) / (order === 'auto' ? captions : 1)
  return { tokens: new Uint16Array(draft.tokens), seconds: seconds.decode, runs }
}
