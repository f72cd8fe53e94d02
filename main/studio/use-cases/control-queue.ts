import type { EditingCalls } from '#app/contract/editing-calls.ts'
import { StudioError } from '#app/contract/errors.ts'

import type { StudioParts } from '../parts.ts'
import { generationPayload, movePayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

/** Order and pace of the queue. The library keeps both, for the next start. */
export function controlQueue(parts: StudioParts) {
  const tell = () => {
    const { isPaused } = parts.queue
    parts.library.keepQueueState({ isPaused, order: [...parts.queue.ids()] })
    parts.events.emit({ type: 'queueChanged', isPaused })
  }
  return {
    pauseQueue: () =>
      settle(() => {
        parts.queue.pause()
        tell()
      }),
    resumeQueue: () =>
      settle(() => {
        parts.queue.resume()
        tell()
      }),
    moveInQueue: (payload) =>
      settle(() => {
        const { generationId, place } = parseInput(movePayload, payload)
        if (parts.queue.move(generationId, place)) return tell()
        throw new StudioError('invalidRequest', 'Only a job that waits in the queue can be moved; this one does not.')
      }),
    retryGeneration: (payload) => settle(() => retry(parts, payload)),
  } satisfies Partial<EditingCalls>
}

/** What failed or was cancelled goes on under its own id with what is missing; what is whole is drawn again under a new one. */
function retry(parts: StudioParts, payload: unknown): void {
  const { generationId } = parseInput(generationPayload, payload)
  const earlier = parts.library.getGeneration(generationId)
  // Asked of the queue: a job whose failure could not be written, on a full disk, is in it no more.
  if (parts.queue.ids().includes(generationId)) {
    throw new StudioError('invalidRequest', 'The job has not ended yet; cancel it first.')
  }
  parts.quarantine.check(earlier.pack.id)
  const generation =
    earlier.state === 'finished'
      ? copyOf(parts, generationId)
      : parts.library.setGenerationState(generationId, 'queued')
  parts.events.emit({ type: 'generationQueued', generation })
  parts.queue.add(generation.id)
}

function copyOf({ library }: StudioParts, id: Parameters<StudioParts['library']['getGeneration']>[0]) {
  const { prompt, seed, candidates, settings, pack, imagePrompt } = library.getGeneration(id)
  const [picture] = library.listPicturesOf(id)
  if (picture === undefined) throw new StudioError('notFound', 'The run has no pictures left to take its grid from.')
  const { rows, columns } = library.getPicture(picture.id)
  return library.createGeneration({ prompt, seed, candidates, settings, pack, rows, columns, imagePrompt })
}
