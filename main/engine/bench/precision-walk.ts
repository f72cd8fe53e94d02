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

const seed = 11

/**
 * Candidates 0, 1, … of a prompt at the settings of the pack.
 * @param follow codes to feed instead of what is drawn: then every cell comes after the same ones
 */
export async function walk(
  pack: LoadedPack,
  prompt: string,
  candidates: number,
  follow: readonly Walk[] | null,
): Promise<Walk[]> {
  const { transformer, manifest } = pack
  const { image } = manifest
  const cells = image.rows * image.columns
  const job = benchJob(manifest, { prompt, seed })
  const prefilled = await prefill(pack, job)
  const batch = new StepBatch(transformer, candidates, prefilled.caches.length)
  batch.fillFromPrefill(prefilled)
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
  }
  batch.release()
  return walks
}
