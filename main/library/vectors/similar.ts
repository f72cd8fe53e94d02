import { StudioError } from '#app/contract/errors.ts'
import type { PackReference } from '#app/domain/generation.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { FoundPicture, SimilarPicture } from '#app/domain/organising.ts'

import { all, get, type ReadableDb } from '../database/database.ts'
import { toFloat32 } from '../records/blobs.ts'
import { pictureJoins } from '../records/rows.ts'
import { foundColumns, toFoundPicture, type FoundRow } from '../search/find-pictures.ts'
import { findPack } from './rescoring.ts'
import { openVectorIndex, type Neighbour, type VectorIndex } from './vector-index.ts'

const largestLimit = 1000
/** Of pictures that are all alike, as many as a person can look through. */
const largestGroup = 500

/** One index per CLIP pack, built when it is first searched. */
export interface VectorSearch {
  /** Pictures nearest to an embedding of the same CLIP pack: of a text, or of a picture from outside. */
  searchEmbedding(pack: PackReference, embedding: Float32Array, limit: number): readonly SimilarPicture[]
  searchPicture(id: PictureId, limit: number): readonly SimilarPicture[]
  /** Pictures at least as similar as that to this one, best first. */
  findNearDuplicates(id: PictureId, minSimilarity: number): readonly SimilarPicture[]
  /** The pictures that look like this one, and like those, and so on, newest first; none when a newer one is among them. */
  groupOf(id: PictureId, minSimilarity: number): readonly FoundPicture[]
  /** Reads the next rows of the index that such a search needs. @returns false when there is more to read */
  read(of: PackReference | PictureId, rows: number): boolean
  /** To be called when stored embeddings changed or went, not when new ones came. */
  forget(): void
}

export function createVectorSearch(db: ReadableDb): VectorSearch {
  const indexes = new Map<number, VectorIndex>()
  const indexOf = (clipPackKey: number) => {
    let index = indexes.get(clipPackKey)
    if (index === undefined) indexes.set(clipPackKey, (index = openVectorIndex(db, clipPackKey)))
    return index
  }

  /** Few pictures are in the trash: their keys at hand are cheaper than a look at every row. */
  function acceptAllBut(own?: number): (key: number) => boolean {
    const deleted = new Set(
      all<{ key: number }>(db, 'SELECT key FROM pictures WHERE deleted_at IS NOT NULL').map((row) => row.key),
    )
    return (key) => key !== own && !deleted.has(key)
  }

  function embeddingOf(id: PictureId): { key: number; clipPackKey: number; vector: Float32Array } {
    const row = get<{ key: number; clip_pack_key: number | null; vector: Uint8Array | null }>(
      db,
      `SELECT p.key, e.clip_pack_key, e.vector FROM pictures AS p JOIN generations AS g ON g.key = p.generation_key
       LEFT JOIN embeddings AS e ON e.picture_key = p.key WHERE p.id = ?
       ORDER BY e.clip_pack_key = coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'clipPackKey'),
         g.pack_key) DESC LIMIT 1`,
      id,
    )
    if (row === undefined) throw new StudioError('notFound', `There is no picture ${id} in the library.`)
    if (row.vector === null || row.clip_pack_key === null) {
      throw new StudioError('notFound', 'This picture has no CLIP embedding yet: score it with a pack that has CLIP.')
    }
    return { key: row.key, clipPackKey: row.clip_pack_key, vector: toFloat32(row.vector) }
  }

  function vectorOf(pictureKey: number, clipPackKey: number): Float32Array | undefined {
    const sql = 'SELECT vector FROM embeddings WHERE clip_pack_key = ? AND picture_key = ?'
    const row = get<{ vector: Uint8Array }>(db, sql, clipPackKey, pictureKey)
    return row && toFloat32(row.vector)
  }

  /** Those outside the trash, in the order asked for; one statement for all, since most of its cost is its beginning. */
  function rowsOf(pictureKeys: readonly number[]): readonly FoundRow[] {
    return all<FoundRow>(
      db,
      `SELECT ${foundColumns} FROM json_each(?) AS wanted CROSS JOIN pictures AS p ON p.key = wanted.value
       ${pictureJoins} WHERE p.deleted_at IS NULL ORDER BY wanted.key`,
      JSON.stringify(pictureKeys),
    )
  }

  function show(neighbours: readonly Neighbour[]): readonly SimilarPicture[] {
    const similarities = new Map(neighbours.map(({ pictureKey, similarity }) => [pictureKey, similarity]))
    return rowsOf([...similarities.keys()]).map((row) => ({
      ...toFoundPicture(row),
      similarity: similarities.get(row.key) ?? 0,
    }))
  }

  function checkLimit(limit: number): void {
    if (Number.isInteger(limit) && limit >= 1 && limit <= largestLimit) return
    throw new StudioError('invalidRequest', `limit must be a whole number from 1 to ${largestLimit}.`)
  }

  return {
    searchEmbedding: (pack, embedding, limit) => {
      checkLimit(limit)
      const packKey = findPack(db, pack)
      return packKey === undefined ? [] : show(indexOf(packKey).search(embedding, limit, acceptAllBut()))
    },
    searchPicture: (id, limit) => {
      checkLimit(limit)
      const { key, clipPackKey, vector } = embeddingOf(id)
      return show(indexOf(clipPackKey).search(vector, limit, acceptAllBut(key)))
    },
    findNearDuplicates: (id, minSimilarity) => {
      const { key, clipPackKey, vector } = embeddingOf(id)
      const nearest = indexOf(clipPackKey).searchAbove(vector, minSimilarity, acceptAllBut(key))
      return show(nearest.slice(0, largestLimit))
    },
    groupOf: (id, minSimilarity) => {
      const { key, clipPackKey, vector } = embeddingOf(id)
      const accept = acceptAllBut()
      const index = indexOf(clipPackKey)
      const group = new Set([key])
      const open = [vector]
      for (let next = open.pop(); next !== undefined && group.size < largestGroup; next = open.pop()) {
        for (const { pictureKey } of index.searchAbove(next, minSimilarity, accept)) {
          if (pictureKey > key) return []
          if (group.has(pictureKey)) continue
          group.add(pictureKey)
          const found = vectorOf(pictureKey, clipPackKey)
          if (found !== undefined) open.push(found)
        }
      }
      return rowsOf([...group].sort((a, b) => b - a)).map(toFoundPicture)
    },
    read: (of, rows) => {
      const packKey = typeof of === 'string' ? embeddingOf(of).clipPackKey : findPack(db, of)
      return packKey === undefined || indexOf(packKey).read(rows)
    },
    forget: () => indexes.clear(),
  }
}
