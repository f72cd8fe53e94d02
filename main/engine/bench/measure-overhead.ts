import { decode } from '../process/decode.ts'
import { loadPack } from '../process/loaded-pack.ts'
import { benchJob } from './bench-job.ts'
import type { BenchPack } from './measure-run.ts'

/**
 * Share of the time from the caption to the last token of 16 candidates that is not a run of the transformer (the call of ONNX Runtime with its own
 * marshalling): sampling, likelihoods, tensors, the event loop. Without previews. The least of the rounds.
 */
export async function measureOverhead(pack: BenchPack, threads: number, rounds: number): Promise<number> {
  const loaded = await loadPack(
    { packId: pack.manifest.id, folder: pack.folder, precision: 'fp32' },
    { threads, mayUseFewer: true },
  )
  const job = benchJob(pack.manifest, { candidates: Array.from({ length: 16 }, (_, index) => index) })
  let least = 1
  for (let round = 0; round <= rounds; round++) {
    const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
    const before = loaded.transformer.seconds
    for await (const progress of decode(loaded, job, seconds)) {
      if (progress.type === 'candidate') break
    }
    const inside = loaded.transformer.seconds - before
    // The first round warms up.
    if (round > 0) least = Math.min(least, 1 - inside / (seconds.prefill + seconds.decode))
  }
  await loaded.dispose()
  return least
}
