import type { BrowsingCalls } from '#app/contract/browsing-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import { maxCandidates } from '#app/domain/generation.ts'

import type { StudioParts } from '../parts.ts'
import { continuePayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

/** Candidates are numbered under the seed, so more of a run are what it would have drawn had it been asked for them at first. */
export function continueGeneration(parts: StudioParts): BrowsingCalls['continueGeneration'] {
  return (payload) =>
    settle(() => {
      const { generationId, more } = parseInput(continuePayload, payload)
      const { state, candidates, pack } = parts.library.getGeneration(generationId)
      if (state === 'queued' || state === 'running') {
        throw new StudioError('invalidRequest', 'The job has not ended yet; wait for it, or cancel it first.')
      }
      if (candidates + more > maxCandidates) {
        const left = Math.max(0, maxCandidates - candidates)
        throw new StudioError(
          'invalidRequest',
          `A run has at most ${maxCandidates} candidates; this one has ${candidates}, so at most ${left} more.`,
        )
      }
      parts.quarantine.check(pack.id)
      const generation = parts.library.extendGeneration(generationId, candidates + more)
      parts.events.emit({ type: 'generationQueued', generation })
      parts.queue.add(generation.id)
      return generation
    })
}
