import type { CandidateFinished, DecodeJob } from '#app/contract/engine-protocol.ts'
import { placesOf } from '#app/kernels/token-geometry.ts'

import { decode } from '../process/decode.ts'
import { loadPack, type LoadedPack } from '../process/loaded-pack.ts'
import { benchJob } from './bench-job.ts'
import type { BenchPack } from './measure-run.ts'

/** The upper half of pictures drawn again above the kept lower half, with more and more attempts at it. Means. */
export interface JoiningMeasurement {
  readonly attempts: number
  readonly candidates: number
  /** Nats of the kept cells below the hole, given what is above: lower joins better. */
  readonly nats: number
  /** Seconds of decoding four candidates. */
  readonly seconds: number
}

const prompts = ['a red apple on a white background', 'a blue guitar', 'a yellow cat', 'a green car']

/** @param most the largest number of attempts; powers of two up to it are measured */
export async function measureJoining(pack: BenchPack, threads: number, most: number): Promise<JoiningMeasurement[]> {
  const loaded = await loadPack({ packId: pack.manifest.id, folder: pack.folder, precision: 'fp32' }, { threads })
  const holes = []
  for (const [seed, prompt] of prompts.entries()) holes.push(await holeOf(loaded, prompt, seed))
  const results: JoiningMeasurement[] = []
  for (let attempts = 1; attempts <= most; attempts *= 2) {
    let [nats, seconds, candidates] = [0, 0, 0]
    for (const { job, isBelow } of holes) {
      const drawn = await drawAll(loaded, { ...job, candidates: [0, 1, 2, 3], attempts })
      seconds += drawn.seconds / holes.length
      for (const { nlls } of drawn.candidates) {
        nats += nlls.reduce((sum, nll, cell) => sum + (isBelow(cell) ? nll : 0), 0)
        candidates++
      }
    }
    results.push({ attempts, candidates, nats: nats / candidates, seconds })
  }
  await loaded.dispose()
  return results
}

/** A picture of the prompt whose upper half is to be drawn again; the palette stays. */
async function holeOf(
  pack: LoadedPack,
  prompt: string,
  seed: number,
): Promise<{ job: DecodeJob; isBelow: (cell: number) => boolean }> {
  const job = benchJob(pack.manifest, { prompt, seed })
  const [picture] = (await drawAll(pack, job)).candidates
  const { rows, columns, first } = placesOf({ paletteRows: 0, ...pack.manifest.image })
  const isFree = (cell: number): boolean => cell >= first && cell < first + Math.floor(rows / 2) * columns
  const forcedTokens = Int32Array.from(picture?.tokens ?? [], (code, cell) => (isFree(cell) ? -1 : code))
  const hole = forcedTokens.indexOf(-1)
  return {
    job: { ...job, seed: seed + 100, forcedTokens },
    isBelow: (cell) => cell > hole && !isFree(cell),
  }
}

async function drawAll(
  pack: LoadedPack,
  job: DecodeJob,
): Promise<{ candidates: readonly CandidateFinished[]; seconds: number }> {
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  const candidates: CandidateFinished[] = []
  for await (const progress of decode(pack, job, seconds)) {
    if (progress.type === 'candidate') candidates.push(progress.candidate)
  }
  return { candidates, seconds: seconds.decode }
}
