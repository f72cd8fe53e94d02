import type { BrowsingCalls } from '#app/contract/browsing-calls.ts'

import type { StudioParts } from '../parts.ts'
import { countPayload, keptPayload, timelinePayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

/** The way about a large library, and what people keep at hand in it. */
export function browseLibrary({ library, events }: StudioParts) {
  return {
    countPictures: (payload) => settle(() => library.countFound(parseInput(countPayload, payload).filter)),
    getTimeline: (payload) =>
      settle(() => {
        const { filter, utcOffsetMinutes } = parseInput(timelinePayload, payload)
        return library.readTimeline(filter, utcOffsetMinutes)
      }),
    getKept: () => settle(() => library.readKept()),
    changeKept: (payload) =>
      settle(() => {
        library.changeKept(parseInput(keptPayload, payload))
        events.emit({ type: 'keptChanged' })
      }),
  } satisfies Partial<BrowsingCalls>
}
