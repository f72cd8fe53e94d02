import type { LibraryCalls } from '#app/contract/library-calls.ts'
import type { SimilarPicture } from '#app/domain/organising.ts'

import { embedText, loadClipPack } from '../clip-pack.ts'
import type { StudioParts } from '../parts.ts'
import { duplicatePayload, duplicatesPayload, meaningPayload, similarPayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

const defaultLimit = 60

/** Search by CLIP embeddings: of words, and of a picture, under the chosen CLIP pack; without one, the default pack's or the one that drew it. */
export function findAlike(parts: StudioParts) {
  return {
    async findByMeaning(payload) {
      const { text, limit = defaultLimit } = parseInput(meaningPayload, payload)
      const pack = await loadClipPack(parts)
      const embedding = await embedText(parts, pack.id, text)
      return parts.library.searchEmbedding(pack, embedding, limit).map(toWire)
    },
    findSimilar: (payload) =>
      settle(() => {
        const { pictureId, limit = defaultLimit } = parseInput(similarPayload, payload)
        return parts.library.searchPicture(pictureId, limit).map(toWire)
      }),
    findNearDuplicates: (payload) =>
      settle(() => {
        const { pictureId, minSimilarity } = parseInput(duplicatePayload, payload)
        return parts.library.findNearDuplicates(pictureId, minSimilarity).map(toWire)
      }),
    async listDuplicates(payload) {
      const { minSimilarity, cursor, limit } = parseInput(duplicatesPayload, payload)
      return parts.library.listDuplicates({
        ...(minSimilarity === undefined ? {} : { minSimilarity }),
        ...(limit === undefined ? {} : { limit }),
        cursor: cursor ?? null,
      })
    },
  } satisfies Partial<LibraryCalls>
}

function toWire({ similarity, ...picture }: SimilarPicture) {
  return { picture, similarity }
}
