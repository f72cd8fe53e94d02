import { setImmediate } from 'node:timers/promises'

import type { LibraryCalls } from '#app/contract/library-calls.ts'
import type { SimilarPicture } from '#app/domain/organising.ts'
import type { StoredLibrary } from '#main/library/library.ts'

import { embedText, loadClipPack } from '../clip-pack.ts'
import type { StudioParts } from '../parts.ts'
import { duplicatePayload, duplicatesPayload, meaningPayload, similarPayload } from '../payloads.ts'
import { parseInput } from '../validation.ts'

const defaultLimit = 60

/** Search by CLIP embeddings: of words, and of a picture, under the chosen CLIP pack; without one, the default pack's or the one that drew it. */
export function findAlike(parts: StudioParts) {
  return {
    async findByMeaning(payload) {
      const { text, limit = defaultLimit } = parseInput(meaningPayload, payload)
      const pack = await loadClipPack(parts)
      const embedding = await embedText(parts, pack.id, text)
      await readVectors(parts.library, pack)
      return parts.library.searchEmbedding(pack, embedding, limit).map(toWire)
    },
    async findSimilar(payload) {
      const { pictureId, limit = defaultLimit } = parseInput(similarPayload, payload)
      await readVectors(parts.library, pictureId)
      return parts.library.searchPicture(pictureId, limit).map(toWire)
    },
    async findNearDuplicates(payload) {
      const { pictureId, minSimilarity } = parseInput(duplicatePayload, payload)
      await readVectors(parts.library, pictureId)
      return parts.library.findNearDuplicates(pictureId, minSimilarity).map(toWire)
    },
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

/** The first search of a session reads every vector: bit by bit, so that other calls are answered meanwhile. */
async function readVectors(library: StoredLibrary, of: Parameters<StoredLibrary['readVectors']>[0]): Promise<void> {
  while (!library.readVectors(of)) await setImmediate()
}

function toWire({ similarity, ...picture }: SimilarPicture) {
  return { picture, similarity }
}
