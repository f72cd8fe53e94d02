import { join } from 'node:path'

import { openReadable, all } from '../database/database.ts'
import { databaseName } from '../library-folder.ts'
import { openLibrary } from '../open-library.ts'
import { toFloat32 } from '../records/blobs.ts'
import { createRandom } from '../testing/sample.ts'
import { dot } from '../vectors/vector-index.ts'
import { syntheticPack } from './synthetic-library.ts'
import { time, timingOf, type Timing } from './timing.ts'

export interface SearchSpeed {
  readonly page: Timing
  readonly fts: Timing
  readonly vector: Timing | null
  /** Share of the true 50 nearest that the search answered. */
  readonly vectorRecall: number | null
  /** Seconds that the first search takes to read all vectors. */
  readonly vectorLoad: number | null
}

const fewest = 8

const typed = [
  'r',
  're',
  'red ',
  'red ap',
  'gold',
  'lighthouse ra',
  'ver1.1',
  '红',
  '红色',
  '"',
  '*',
  'dragon AND',
  'a b c d e f',
  '4217',
  'apple castle fox',
]

/** Measures a synthetic library: pages of 200 from anywhere, full text as typed (with a page of 10 KB), exact top 50. */
export async function measureSearch(folder: string, wanted: number, untilMs = Infinity): Promise<SearchSpeed> {
  // Fewer of each kind where time has run out: the figures are rougher then, not missing.
  const rounds = performance.now() < untilMs ? wanted : Math.min(wanted, fewest)
  const library = await openLibrary({ folder, access: 'read' })
  const db = openReadable(join(folder, databaseName))
  try {
    const random = createRandom(9)
    const keys = all<{ created_at: number }>(
      db,
      'SELECT min(created_at) AS created_at FROM pictures UNION ALL SELECT max(created_at) FROM pictures',
    )
    const [oldest, newest] = [keys[0]?.created_at ?? 0, keys[1]?.created_at ?? 0]
    const anyDate = () => new Date(oldest + random() * (newest - oldest)).toISOString()
    const pages = Array.from({ length: rounds }, (_, i) => {
      const filter = i % 3 === 2 ? { minRating: 3 } : i % 3 === 1 ? { createdBefore: anyDate() } : {}
      return time(() => library.findPictures({ filter, limit: 200 }))
    })
    const long = 'a red apple on the table '.repeat(410)
    const texts = Array.from({ length: rounds }, (_, i) => {
      const query = i % 16 === 15 ? long : typed[i % typed.length]!
      return time(() => library.listPictures({ query, limit: 100 }))
    })
    const sample = all<{ vector: Uint8Array }>(db, 'SELECT vector FROM embeddings ORDER BY random() LIMIT ?', rounds)
    if (sample.length === 0)
      return {
        page: timingOf(pages),
        fts: timingOf(texts),
        vector: null,
        vectorRecall: null,
        vectorLoad: null,
      }
    // A query is like a picture and not one: a text, or a picture from outside.
    const queries = sample.map(({ vector }) => toFloat32(vector).map((value) => value + 0.03 * (random() - 0.5)))
    const vectorLoad = time(() => library.searchEmbedding(syntheticPack, queries[0]!, 1)).wall / 1000
    const vectors = queries.map((query) => time(() => library.searchEmbedding(syntheticPack, query, 50)))
    const recalls = queries.slice(0, 5).map((query) => {
      const answer = library.searchEmbedding(syntheticPack, query, 50)
      const found = new Set<string>(answer.map((picture) => picture.id))
      const truth = nearest(db, query, 50)
      return truth.filter((id) => found.has(id)).length / truth.length
    })
    return {
      page: timingOf(pages),
      fts: timingOf(texts),
      vector: timingOf(vectors),
      vectorRecall: Math.min(...recalls),
      vectorLoad,
    }
  } finally {
    db.close()
    library.close()
  }
}

/** By comparing with every stored vector, in 32-bit floats. */
function nearest(db: ReturnType<typeof openReadable>, query: Float32Array, limit: number): readonly string[] {
  const rows = db.prepare('SELECT p.id, e.vector FROM embeddings AS e JOIN pictures AS p ON p.key = e.picture_key')
  const scored: { id: string; similarity: number }[] = []
  for (const row of rows.iterate() as IterableIterator<{ id: string; vector: Uint8Array }>) {
    scored.push({ id: row.id, similarity: dot(query, toFloat32(row.vector)) })
  }
  return scored
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, limit)
    .map((one) => one.id)
}
