import type { StudioApi } from '#app/contract/studio-api.ts'

import type { StudioParts } from '../parts.ts'
import { generationPayload } from '../payloads.ts'
import { parseInput } from '../validation.ts'

/** Resolves when the job has stopped and the library says so. */
export function cancelGeneration(parts: StudioParts): StudioApi['cancelGeneration'] {
  return async (payload) => {
    const { generationId } = parseInput(generationPayload, payload)
    if ((await parts.queue.cancel(generationId)) === 'running') return
    // Also a job of an earlier session that this one has not taken up.
    const { state } = parts.library.getGeneration(generationId)
    if (state !== 'queued' && state !== 'running') return
    const generation = parts.library.setGenerationState(generationId, 'cancelled')
    parts.events.emit({ type: 'generationEnded', generation })
  }
}
