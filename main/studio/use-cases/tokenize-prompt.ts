import type { StudioApi } from '#app/contract/studio-api.ts'

import type { StudioParts } from '../parts.ts'
import { tokenizePayload } from '../payloads.ts'
import { isEngineDeath } from '../quarantine.ts'
import { parseInput } from '../validation.ts'

/** Loads the pack on first use, so that it is warm when the prompt is typed. */
export function tokenizePrompt(parts: StudioParts): StudioApi['tokenizePrompt'] {
  return async (payload) => {
    const { prompt, packId } = parseInput(tokenizePayload, payload)
    const { summary } = await parts.loader.choose(packId)
    await parts.loader.load(summary.id)
    try {
      return await parts.engine.tokenize(summary.id, prompt)
    } catch (error) {
      if (isEngineDeath(error)) parts.loader.forget()
      throw error
    }
  }
}
