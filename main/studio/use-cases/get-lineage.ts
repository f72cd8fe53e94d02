import type { EditingCalls } from '#app/contract/editing-calls.ts'

import type { StudioParts } from '../parts.ts'
import { picturePayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

export function getLineage({ library }: StudioParts): EditingCalls['getLineage'] {
  return (payload) => settle(() => library.listVersions(parseInput(picturePayload, payload).pictureId))
}
