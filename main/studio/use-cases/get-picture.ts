import type { StudioApi } from '#app/contract/studio-api.ts'

import type { StudioParts } from '../parts.ts'
import { picturePayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

export function getPicture(parts: StudioParts): StudioApi['getPicture'] {
  return (payload) => settle(() => parts.library.getPicture(parseInput(picturePayload, payload).pictureId))
}
