import type { StudioApi } from '#app/contract/studio-api.ts'

import type { StudioParts } from '../parts.ts'
import { pagePayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

export function listGenerations(parts: StudioParts): StudioApi['listGenerations'] {
  return (payload) => settle(() => parts.library.listGenerations(parseInput(pagePayload, payload)))
}
