import type { LibraryCalls } from '#app/contract/library-calls.ts'

import type { StudioParts } from '../parts.ts'
import { findPayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

export function findPictures({ library }: StudioParts): LibraryCalls['findPictures'] {
  return (payload) => settle(() => library.findPictures(parseInput(findPayload, payload)))
}
