import { StudioError } from '#app/contract/errors.ts'
import type { LibraryCalls } from '#app/contract/library-calls.ts'

import type { StudioParts } from '../parts.ts'
import { findPayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

export function findPictures({ library }: StudioParts): LibraryCalls['findPictures'] {
  return (payload) =>
    settle(() => {
      const { filter, order = 'newest', cursor, limit } = parseInput(findPayload, payload)
      if (order !== 'newest') {
        throw new StudioError('invalidRequest', `The library cannot list by ${order} yet; allowed is "newest".`)
      }
      return library.findPictures({ filter, cursor, limit })
    })
}
