import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import type { SamplingSettings } from '#app/domain/generation.ts'
import type { GenerationId } from '#app/domain/ids.ts'

import { decode, type DecodeOrder } from '../process/decode.ts'
import { loadPack, type LoadedPack } from '../process/loaded-pack.ts'
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
}

const prompts = ['a red apple on a white background', 'a blue guitar', 'a rocket', 'a yellow cat', 'a green tree']

/** Both orders in turn, the same seeds. */
export async function measureParallel(
  pack: BenchPack,
  threads: number,
  pictures: number,
): Promise<ParallelMeasurement> {
  const loaded = await loadPack({ packId: pack.manifest.id, folder: pack.folder, precision: 'fp32' }, { threads })
  const { temperature, topK, topP, guidanceScale } = pack.manifest.sampling
  const settings = { temperature, topK, topP, guidanceScale }
  const totals = { auto: { seconds: 0, runs: 0 }, cellByCell: { seconds: 0, runs: 0 } }
  let tokens = 0
  let differentTokens = 0
  for (let number = -1; number < pictures; number++) {
    const drawn: Record<DecodeOrder, Uint16Array> = { auto: new Uint16Array(), cellByCell: new Uint16Array() }
    for (const order of ['cellByCell', 'auto'] as const) {
      const picture = await drawOne(loaded, settings, Math.max(0, number), order)
      drawn[order] = picture.tokens
      // Number −1 warms up.
      if (number < 0) continue
      totals[order].seconds += picture.seconds
      totals[order].runs += picture.runs
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
  }
}

async function drawOne(
  pack: LoadedPack,
  settings: SamplingSettings,
  number: number,
  order: DecodeOrder,
): Promise<{ tokens: Uint16Array; seconds: number; runs: number }> {
  const job: DecodeJob = {
    jobId: 'bench' as GenerationId,
    packId: pack.manifest.id,
    prompt: prompts[number % prompts.length] ?? '',
    seed: 1000 + number,
    candidates: [number],
    settings,
    isPreviewWanted: false,
  }
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  const before = pack.transformer.runs
  let tokens = new Uint16Array()
  for await (const progress of decode(pack, job, seconds, { order })) {
    if (progress.type === 'candidate') tokens = new Uint16Array(progress.candidate.tokens)
  }
  // One run of each caption is the prefill.
  const captions = settings.guidanceScale === 1 ? 1 : 2
  return {
    tokens,
    seconds: seconds.decode,
    runs: (pack.transformer.runs - before - captions) / (order === 'auto' ? captions : 1),
  }
}
