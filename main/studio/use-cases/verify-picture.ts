import type { EditingCalls } from '#app/contract/editing-calls.ts'

import type { StudioParts } from '../parts.ts'
import { picturePayload } from '../payloads.ts'
import { replay } from '../replay.ts'
import { parseInput } from '../validation.ts'

export function verifyPicture(parts: StudioParts): EditingCalls['verifyPicture'] {
  return async (payload) => {
    const { generation, ...picture } = parts.library.getPicture(parseInput(picturePayload, payload).pictureId)
    const { seed, settings, imagePrompt } = generation
    return replay(parts, { ...picture, seed, settings, imagePrompt })
  }
}
