import type { LibraryCalls } from '#app/contract/library-calls.ts'

import type { StudioParts } from '../parts.ts'
import { picturesPayload, trashPayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

/** Into the trash, out of it, and for good. */
export function deletePictures({ library, events }: StudioParts) {
  return {
    deletePictures: (payload) =>
      settle(() => {
        const { pictureIds } = parseInput(picturesPayload, payload)
        library.deletePictures(pictureIds)
        events.emit({ type: 'picturesDeleted', pictureIds })
      }),
    restorePictures: (payload) =>
      settle(() => {
        const { pictureIds } = parseInput(picturesPayload, payload)
        library.restorePictures(pictureIds)
        events.emit({ type: 'picturesRestored', pictureIds })
      }),
    emptyTrash: (payload) =>
      settle(() => {
        const removed = library.emptyTrash(parseInput(trashPayload, payload).olderThanDays)
        if (removed > 0) events.emit({ type: 'trashEmptied' })
        return { removed }
      }),
  } satisfies Partial<LibraryCalls>
}
