import type { LibraryCalls } from '#app/contract/library-calls.ts'

import type { StudioParts } from '../parts.ts'
import {
  changeCollectionPayload,
  collectionPayload,
  newCollectionPayload,
  renameCollectionPayload,
} from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

export function keepCollections({ library, events }: StudioParts) {
  /** Changes, then tells every window. */
  const changing = <Answer>(change: () => Answer) =>
    settle(() => {
      const answer = change()
      events.emit({ type: 'collectionsChanged' })
      return answer
    })
  return {
    listCollections: () => settle(() => library.listCollections()),
    createCollection: (payload) =>
      changing(() => library.createCollection(parseInput(newCollectionPayload, payload).name)),
    renameCollection: (payload) =>
      changing(() => {
        const { collectionId, name } = parseInput(renameCollectionPayload, payload)
        library.renameCollection(collectionId, name)
      }),
    removeCollection: (payload) =>
      changing(() => library.removeCollection(parseInput(collectionPayload, payload).collectionId)),
    changeCollection: (payload) =>
      changing(() => {
        const { collectionId, add, remove } = parseInput(changeCollectionPayload, payload)
        library.changeCollection(collectionId, { add, remove })
      }),
  } satisfies Partial<LibraryCalls>
}
