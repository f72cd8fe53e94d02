import type { BrowsingCalls } from '#app/contract/browsing-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PictureId } from '#app/domain/ids.ts'

import type { StudioParts } from '../parts.ts'
import { receiptPayload } from '../payloads.ts'
import { readReceiptOf } from '../picture-receipts.ts'
import { parseInput } from '../validation.ts'

export function readReceipt({ library }: StudioParts): BrowsingCalls['readReceipt'] {
  const has = (id: PictureId) => {
    try {
      return library.getPicture(id).id === id
    } catch (error) {
      if (error instanceof StudioError && error.code === 'notFound') return false
      throw error
    }
  }
  return async (payload) => {
    const { base64 } = parseInput(receiptPayload, payload)
    const metadata = await readReceiptOf(Buffer.from(base64, 'base64'))
    // A picture of another program, or one that was read and not drawn, has no settings to restore.
    if (metadata === undefined || metadata.origin !== 'easel') return null
    const { pictureId, prompt, seed, index, candidates, settings, imagePrompt, pack, createdAt } = metadata
    return {
      ...{ pictureId, isInLibrary: has(pictureId), prompt, seed, index, candidates, settings, pack, createdAt },
      hadImagePrompt: imagePrompt !== null,
      imagePrompt: imagePrompt !== null && has(imagePrompt.pictureId) ? imagePrompt : null,
    }
  }
}
