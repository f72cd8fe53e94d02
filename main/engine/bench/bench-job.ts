import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { PackManifest } from '#app/domain/pack.ts'

/** A job with the settings of the pack, one candidate, no previews; what is given replaces that. */
export function benchJob(manifest: PackManifest, part: Partial<DecodeJob>): DecodeJob {
  const { temperature, topK, topP, guidanceScale } = manifest.sampling
  return {
    jobId: 'bench' as GenerationId,
    packId: manifest.id,
    prompt: 'a red apple on a white background',
    seed: 7,
    candidates: [0],
    settings: { temperature, topK, topP, guidanceScale },
    isPreviewWanted: false,
    ...part,
  }
}
