import type { DecodeJob } from '#app/contract/engine-protocol.ts'

import type { LoadedPack } from './loaded-pack.ts'
import { prefillCaption, type Prefill } from './prefill-caption.ts'

/** Runs the caption of a job, and with guidance the null caption. */
export function prefill(pack: LoadedPack, job: DecodeJob): Promise<Prefill> {
  return prefillCaption(pack.transformer, pack.tokenizer.idsOf(job.prompt), job.settings.guidanceScale !== 1)
}
