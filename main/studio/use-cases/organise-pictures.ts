import type { LibraryCalls } from '#app/contract/library-calls.ts'

import type { StudioParts } from '../parts.ts'
import { ratePayload, tagPayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

/** Ratings and tags. */
export function organisePictures({ library, events }: StudioParts) {
  return {
    ratePictures: (payload) =>
      settle(() => {
        const { pictureIds, rating } = parseInput(ratePayload, payload)
        library.ratePictures(pictureIds, rating)
        events.emit({ type: 'picturesRated', pictureIds, rating })
      }),
    changeTags: (payload) =>
      settle(() => {
        const { pictureIds, add, remove } = parseInput(tagPayload, payload)
        library.changeTags(pictureIds, { add, remove })
        events.emit({ type: 'picturesTagged', pictureIds })
      }),
    listTags: () => settle(() => library.listTags()),
  } satisfies Partial<LibraryCalls>
}
