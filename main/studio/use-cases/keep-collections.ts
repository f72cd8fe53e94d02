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

export function keepCollections({ library }: StudioParts) {
  return {
    listCollections: () => settle(() => library.listCollections()),
    createCollection: (payload) =>
      settle(() => library.createCollection(parseInput(newCollectionPayload, payload).name)),
    renameCollection: (payload) =>
      settle(() => {
        const { collectionId, name } = parseInput(renameCollectionPayload, payload)
        library.renameCollection(collectionId, name)
      }),
    removeCollection: (payload) =>
      settle(() => library.removeCollection(parseInput(collectionPayload, payload).collectionId)),
    changeCollection: (payload) =>
      settle(() => {
        const { collectionId, add, remove } = parseInput(changeCollectionPayload, payload)
        library.changeCollection(collectionId, { add, remove })
      }),
  } satisfies Partial<LibraryCalls>
}
