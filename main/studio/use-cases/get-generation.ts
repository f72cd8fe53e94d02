import type { StudioApi } from '#app/contract/studio-api.ts'

import type { StudioParts } from '../parts.ts'
import { generationPayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

export function getGeneration(parts: StudioParts): StudioApi['getGeneration'] {
  return (payload) =>
    settle(() => {
      const { generationId } = parseInput(generationPayload, payload)
      const generation = parts.library.getGeneration(generationId)
      return { generation, pictures: parts.library.listPicturesOf(generationId) }
    })
}
