import type { KeyValueCache } from '../process/key-value-cache.ts'
import type { LoadedPack } from '../process/loaded-pack.ts'
import { prefill } from '../process/prefill.ts'
import { StepBatch } from '../process/step-batch.ts'
import { benchJob } from './bench-job.ts'

/** What a model does at every cell of one picture. */
export interface Walk {
  /** What it draws, with the noise of its candidate. */
  readonly drawn: Uint16Array
  /** Its likeliest codes. */
  readonly likeliest: Uint16Array
  /** Nats of the codes that were fed, added up. */
  readonly nats: number
}

/** The largest key and value of each layer, in the order of a cache's entries: what an int8 cache's scales are made of. */
export type LargestOfCache = readonly number[]

const seed = 11

/**
 * Candidates 0, 1, … of a prompt at the settings of the pack.
 * @param follow codes to feed instead of what is drawn: then every cell comes after the same ones
 * @param largest keys and values are rounded to 127 steps of this as they enter the cache; null = they stay as they are
 * @param note is given the cache at the end
 */
export async function walk(
  pack: LoadedPack,
  prompt: string,
  candidates: number,
  follow: readonly Walk[] | null,
  largest: LargestOfCache | null,
  note?: (cache: KeyValueCache) => void,
): Promise<Walk[]> {
  const { transformer, manifest } = pack
  const { text, image } = manifest
  const cells = image.rows * image.columns
  const job = benchJob(manifest, { prompt, seed })
  const prefilled = await prefill(pack, job)
  const batch = new StepBatch(transformer, candidates, prefilled.caches.length)
  batch.fillFromPrefill(prefilled)
  if (largest !== null) roundPositions(batch.cache, largest, 0, text.length)
  const walks = Array.from({ length: candidates }, () => ({
    drawn: new Uint16Array(cells),
    likeliest: new Uint16Array(cells),
    nats: 0,
  }))
  for (let cell = 0; cell < cells; cell++) {
    for (const [index, own] of walks.entries()) {
      const [conditional, unconditional] = [batch.conditional(index), batch.unconditional(index)]
      const draw = (temperature: number): number =>
        transformer.sampler.draw(conditional, unconditional, { ...job.settings, temperature }, seed, index, cell)
      const drawn = draw(job.settings.temperature)
      own.drawn[cell] = drawn
      own.likeliest[cell] = draw(0)
      const fed = follow?.[index]?.drawn[cell] ?? drawn
      own.nats += transformer.sampler.likelihood(conditional, fed).nll
      batch.setCode(index, fed)
    }
    if (cell + 1 === cells) break
    await batch.step(cell)
    if (largest !== null) roundPositions(batch.cache, largest, text.length + cell, 1)
  }
  note?.(batch.cache)
  batch.release()
  return walks
}

export function largestOf({ entries }: KeyValueCache): LargestOfCache {
  return entries.map(({ values }) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0))
}

/** Rounds some positions of a cache whose layers keep every position in its place, as an int8 cache with one scale for each part would hold them. */
function roundPositions({ entries }: KeyValueCache, largest: LargestOfCache, first: number, count: number): void {
  for (const [index, { values, tensor }] of entries.entries()) {
    const [, , slots = 0, headDim = 0] = tensor.dims
    const scale = (largest[index] ?? 0) / 127 || 1
    for (let head = 0; head < values.length; head += slots * headDim) {
      for (let at = head + first * headDim; at < head + (first + count) * headDim; at++) {
        values[at] = Math.max(-127, Math.min(127, Math.round((values[at] ?? 0) / scale))) * scale
      }
    }
  }
}
