import { StudioError } from '#app/contract/errors.ts'
import type { LibraryCalls } from '#app/contract/library-calls.ts'
import type { SimilarPicture } from '#app/domain/organising.ts'

import type { StudioParts } from '../parts.ts'
import { meaningPayload, similarPayload } from '../payloads.ts'
import { isEngineDeath } from '../quarantine.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

const defaultLimit = 60

/** Search by CLIP embeddings: of words under the default pack's CLIP, and of a picture under the one that drew it. */
export function findAlike(parts: StudioParts) {
  return {
    async findByMeaning(payload) {
      const { text, limit = defaultLimit } = parseInput(meaningPayload, payload)
      const { summary } = await parts.loader.choose(undefined)
      if (!summary.canRank) {
        throw new StudioError(
          'packInvalid',
          `The pack "${summary.id}" has no CLIP, so words cannot be compared with pictures.`,
        )
      }
      await parts.loader.load(summary.id)
      const embedding = await embed(parts, summary.id, text)
      const { id, version, sha256 } = summary
      return parts.library.searchEmbedding({ id, version, sha256 }, embedding, limit).map(toWire)
    },
    findSimilar: (payload) =>
      settle(() => {
        const { pictureId, limit = defaultLimit } = parseInput(similarPayload, payload)
        return parts.library.searchPicture(pictureId, limit).map(toWire)
      }),
  } satisfies Partial<LibraryCalls>
}

async function embed({ engine, loader }: StudioParts, ...words: Parameters<StudioParts['engine']['embedText']>) {
  try {
    return await engine.embedText(...words)
  } catch (error) {
    if (isEngineDeath(error)) loader.forget()
    throw error
  }
}

function toWire({ similarity, ...picture }: SimilarPicture) {
  return { picture, similarity }
}
