import type { LibraryCalls } from '#app/contract/library-calls.ts'

import type { StudioParts } from '../parts.ts'
import { picturesPayload, trashPayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

/** Into the trash, out of it, and for good. */
export function deletePictures({ library }: StudioParts) {
  return {
    deletePictures: (payload) => settle(() => library.deletePictures(parseInput(picturesPayload, payload).pictureIds)),
    restorePictures: (payload) =>
      settle(() => library.restorePictures(parseInput(picturesPayload, payload).pictureIds)),
    emptyTrash: (payload) =>
      settle(() => ({ removed: library.emptyTrash(parseInput(trashPayload, payload).olderThanDays) })),
  } satisfies Partial<LibraryCalls>
}
