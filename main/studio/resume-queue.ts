import type { GenerationSummary } from '#app/domain/generation.ts'
import type { GenerationId } from '#app/domain/ids.ts'

import type { StudioParts } from './parts.ts'

/** Unfinished jobs wait again, in the order and at the pace that they were left with; so do those that a full disk ended, unless it is full still. */
export function resumeQueue({ library, queue, log }: Pick<StudioParts, 'library' | 'queue' | 'log'>): void {
  const { isPaused, order } = library.readQueueState()
  if (isPaused) queue.pause()
  const places = new Map(order.map((id, place) => [id, place]))
  const placeOf = (id: GenerationId) => places.get(id) ?? order.length
  const waitsAgain = ({ id, state }: GenerationSummary) => {
    try {
      if (state === 'failed') library.setGenerationState(id, 'queued')
      return true
    } catch (error) {
      log('warn', `Generation ${id} could not be queued again: ${String(error)}`)
      return false
    }
  }
  const unfinished = library.listUnfinished().filter(waitsAgain)
  for (const { id } of unfinished.toSorted((a, b) => placeOf(a.id) - placeOf(b.id))) queue.add(id)
}
