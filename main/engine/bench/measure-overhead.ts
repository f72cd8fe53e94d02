import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'

import { decode } from '../process/decode.ts'
import { loadPack } from '../process/loaded-pack.ts'
import type { BenchPack } from './measure-run.ts'

/** Share of the decoding time of 16 candidates that is spent outside ONNX Runtime: sampling, likelihoods, messages. */
export async function measureOverhead(pack: BenchPack, threads: number, rounds: number): Promise<number> {
  const loaded = await loadPack({ packId: pack.manifest.id, folder: pack.folder, precision: 'fp32' }, { threads })
  const { temperature, topK, topP, guidanceScale } = pack.manifest.sampling
  const job: DecodeJob = {
    jobId: 'bench' as GenerationId,
    packId: pack.manifest.id,
    prompt: 'a red apple on a white background',
    seed: 7,
    candidates: Array.from({ length: 16 }, (_, index) => index),
    settings: { temperature, topK, topP, guidanceScale },
    isPreviewWanted: false,
  }
  let least = 1
  for (let round = 0; round <= rounds; round++) {
    const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
    const before = loaded.transformer.seconds
    for await (const progress of decode(loaded, job, seconds)) {
      if (progress.type === 'candidate') break
    }
    const inside = loaded.transformer.seconds - before
    // The prefill's few milliseconds of text embedding count as overhead here. The first round warms up.
    if (round > 0) least = Math.min(least, 1 - inside / (seconds.prefill + seconds.decode))
  }
  await loaded.dispose()
  return least
}
