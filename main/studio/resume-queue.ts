import type { GenerationId } from '#app/domain/ids.ts'

import type { StudioParts } from './parts.ts'

/** Unfinished jobs wait again, in the order and at the pace that they were left with. */
export function resumeQueue({ library, queue }: Pick<StudioParts, 'library' | 'queue'>): void {
  const { isPaused, order } = library.readQueueState()
  if (isPaused) queue.pause()
  const places = new Map(order.map((id, place) => [id, place]))
  const placeOf = (id: GenerationId) => places.get(id) ?? order.length
  const unfinished = library.listUnfinished().map(({ id }) => id)
  for (const id of unfinished.toSorted((a, b) => placeOf(a) - placeOf(b))) queue.add(id)
}
