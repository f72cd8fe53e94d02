import type { DecodeJob, EngineAnswers } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'

import { decode } from './decode.ts'
import type { DecodeProgress } from './decode-progress.ts'
import type { LoadedPack } from './loaded-pack.ts'
import type { EnginePort } from './port.ts'

/** Progress messages sent ahead of the owner's acknowledgement: enough to keep decoding while one is being stored. */
const maxUnacknowledged = 16

interface RunningJob {
  isCancelled: boolean
  sent: number
  acknowledged: number
  /** Called when an acknowledgement or a cancel arrives. */
  wake: () => void
}

/** Decode jobs: one at a time, cancelled between two steps, never far ahead of who listens. */
export class DecodeJobs {
  readonly #port: EnginePort
  readonly #jobs = new Map<GenerationId, RunningJob>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(port: EnginePort) {
    this.#port = port
  }

  /** Waits for the job before it, then decodes, posting progress. */
  run(pack: LoadedPack, job: DecodeJob): Promise<EngineAnswers['decode']> {
    const state: RunningJob = { isCancelled: false, sent: 0, acknowledged: 0, wake: () => undefined }
    this.#jobs.set(job.jobId, state)
    const result = this.#last
      .then(() => this.#decode(pack, job, state))
      .finally(() => {
        if (this.#jobs.get(job.jobId) === state) this.#jobs.delete(job.jobId)
      })
    this.#last = result.catch(() => undefined)
    return result
  }

  cancel(jobId: GenerationId): void {
    const state = this.#jobs.get(jobId)
    if (state === undefined) return
    state.isCancelled = true
    state.wake()
  }

  acknowledge(jobId: GenerationId, count: number): void {
    const state = this.#jobs.get(jobId)
    if (state === undefined) return
    state.acknowledged += count
    state.wake()
  }

  async #decode(pack: LoadedPack, job: DecodeJob, state: RunningJob): Promise<EngineAnswers['decode']> {
    const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
    if (state.isCancelled) return { outcome: 'cancelled', seconds }
    for await (const progress of decode(pack, job, seconds)) {
      this.#post(job.jobId, progress, state)
      if (progress.type === 'row' && progress.row.previews !== undefined) await this.#port.flushed()
      while (!state.isCancelled && state.sent - state.acknowledged >= maxUnacknowledged) {
        await new Promise<void>((resolve) => (state.wake = resolve))
      }
      if (state.isCancelled) return { outcome: 'cancelled', seconds }
    }
    return { outcome: 'finished', seconds }
  }

  #post(jobId: GenerationId, progress: DecodeProgress, state: RunningJob): void {
    if (progress.type === 'step') return
    state.sent++
    if (progress.type === 'row') this.#port.post({ type: 'row', jobId, row: progress.row })
    else this.#port.post({ type: 'candidate', jobId, candidate: progress.candidate })
  }
}
