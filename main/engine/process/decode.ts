import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import { hasKeptAfterHole } from '#app/kernels/token-geometry.ts'

import { canRank, embedText } from './clip.ts'
import { decodeBatch } from './decode-batch.ts'
import { secondsSince, type DecodeProgress, type MutableStageSeconds } from './decode-progress.ts'
import { decodeJoined } from './decode-joined.ts'
import { canDecodeInParallel, decodeSingle } from './decode-single.ts'
import { draftFor } from './drafts.ts'
import { finish } from './finish.ts'
import type { LoadedPack } from './loaded-pack.ts'
import { chunkSize } from './memory.ts'
import { prefill } from './prefill.ts'

/** `auto`: cells in parallel where that is faster. Both give the same tokens. */
export type DecodeOrder = 'auto' | 'cellByCell'

export interface DecodeOptions {
  /** Default `auto`. */
  readonly order?: DecodeOrder
  /** Candidates decoded at once; default: what memory allows (`chunkSize`). Never changes a token. */
  readonly chunk?: number
}

/**
 * Decodes all candidates of a job, chunk after chunk. Yields after every step; stop reading it to cancel.
 * Tokens depend on pack, precision, prompt, seed, candidate number, settings and forced tokens only (main/engine/README.md).
 * @param seconds is added to, stage by stage
 * @throws StudioError invalidRequest for forced tokens or resumed rows that do not fit the grid
 */
export async function* decode(
  pack: LoadedPack,
  job: DecodeJob,
  seconds: MutableStageSeconds,
  options: DecodeOptions = {},
): AsyncGenerator<DecodeProgress, void> {
  const drafts = job.candidates.map((index) => draftFor(pack, job, index))
  const started = performance.now()
  const prefilled = await prefill(pack, job)
  seconds.prefill += secondsSince(started)
  const embedding = performance.now()
  const text = canRank(pack) ? await embedText(pack, job.prompt) : null
  seconds.rank += secondsSince(embedding)
  const attempts = job.attempts ?? 1
  const isJoined = attempts > 1 && drafts.some(({ forced }) => hasKeptAfterHole(forced))
  const rowsPerCandidate = prefilled.caches.length * (isJoined ? attempts : 1)
  const chunk = options.chunk ?? chunkSize(pack.manifest, pack.transformer.precision, rowsPerCandidate)
  for (let first = 0; first < drafts.length; first += chunk) {
    const part = drafts.slice(first, first + chunk)
    const [only] = part
    const isParallel =
      part.length === 1 && only !== undefined && canDecodeInParallel(pack) && options.order !== 'cellByCell'
    if (isJoined) yield* decodeJoined(pack, job, prefilled, part, seconds)
    else if (isParallel) yield* decodeSingle(pack, job, prefilled, only, seconds)
    else yield* decodeBatch(pack, job, prefilled, part, seconds)
    yield* finish(pack, part, text, seconds)
  }
}
