import { setImmediate } from 'node:timers/promises'

import type { DuplicateGroup, DuplicatePage } from '#app/contract/library-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PictureId } from '#app/domain/ids.ts'

import { all, type ReadableDb } from '../database/database.ts'
import { readPosition, toPage } from '../records/paging.ts'
import type { VectorSearch } from './similar.ts'

export const likeDuplicates = 0.97
/** Below, half of a library looks like the other half. */
const leastSimilarity = 0.5
const largestLimit = 1000
/** About 20 ms of reading vectors before other work has its turn. */
const rowsAtOnce = 1024
/** An answer is not kept waiting for longer: it then says how far it came. */
const longestMs = 1000

interface Row {
  readonly key: number
  readonly id: PictureId
}

/**
 * Looks at the next pictures, newest first, for near-duplicates anywhere in the library. A group is answered with its
 * newest picture, so each comes once in a walk. Pictures without an embedding are passed over.
 */
export async function listDuplicates(
  db: ReadableDb,
  vectors: VectorSearch,
  request: { readonly minSimilarity?: number; readonly cursor?: string | null; readonly limit?: number },
): Promise<DuplicatePage> {
  const { minSimilarity = likeDuplicates, cursor, limit = 100 } = request
  checkSimilarity(minSimilarity)
  if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit) {
    throw new StudioError('invalidRequest', `limit must be a whole number from 1 to ${largestLimit}.`)
  }
  const list = `duplicates of at least ${minSimilarity}`
  const rows = all<Row>(
    db,
    `SELECT p.key, p.id FROM pictures AS p WHERE p.deleted_at IS NULL AND p.key < ?
       AND EXISTS (SELECT 1 FROM embeddings AS e WHERE e.picture_key = p.key) ORDER BY p.key DESC LIMIT ?`,
    readPosition(list, cursor)?.key ?? Number.MAX_SAFE_INTEGER,
    limit + 1,
  )
  const groups: DuplicateGroup[] = []
  const start = performance.now()
  let examined = 0
  for (const { id } of rows.slice(0, limit)) {
    if (examined > 0 && performance.now() - start > longestMs) break
    while (!isRead(vectors, id)) await setImmediate()
    const group = groupOf(vectors, id, minSimilarity)
    if (group.length > 1) groups.push(group)
    examined++
    await setImmediate()
  }
  return { groups, examined, nextCursor: toPage(list, rows, examined || limit, ({ id }) => id).nextCursor }
}

function isRead(vectors: VectorSearch, id: PictureId): boolean {
  try {
    return vectors.read(id, rowsAtOnce)
  } catch (error) {
    if (error instanceof StudioError && error.code === 'notFound') return true
    throw error
  }
}

/** Between two pictures of a walk other work is done: one may have gone. */
function groupOf(vectors: VectorSearch, id: PictureId, minSimilarity: number): DuplicateGroup {
  try {
    return vectors.groupOf(id, minSimilarity)
  } catch (error) {
    if (error instanceof StudioError && error.code === 'notFound') return []
    throw error
  }
}

export function checkSimilarity(minSimilarity: number): void {
  if (minSimilarity >= leastSimilarity && minSimilarity <= 1) return
  throw new StudioError('invalidRequest', `The similarity must be a number from ${leastSimilarity} to 1.`)
}
