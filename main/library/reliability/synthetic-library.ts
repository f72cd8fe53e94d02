import type { GenerationId, PackId, PictureId } from '#app/domain/ids.ts'

import { inTransaction, openWritable, run } from '../database/database.ts'
import { migrate } from '../database/migrate.ts'
import { migrations } from '../migrations/migrations.ts'
import { insertPicture, keepEmbedding, keepScore } from '../records/add-candidate.ts'
import { insertGeneration, keepPack } from '../records/generations.ts'
import { newUuid } from '../records/keys.ts'
import { createRandom } from '../testing/sample.ts'

const colours = ['red', 'blue', 'green', 'golden', 'black', 'white', 'purple', 'orange', 'teal', 'pink']
const things = [
  'apple',
  'castle',
  'fox',
  'lighthouse',
  'armchair',
  'robot',
  'violin',
  'whale',
  'teapot',
  'dragon',
  'bicycle',
  'owl',
]
const places = [
  'on a white background',
  'in the rain',
  'at night',
  'under the sea',
  'on a hill',
  'in a 红色 room',
  'by the lake',
]
const styles = [
  'watercolour',
  'oil painting',
  'pixel art',
  'photograph',
  'woodcut',
  'charcoal sketch',
  'stained glass',
  'ver1.1',
]

export const syntheticPack = { id: 'synthetic' as PackId, version: '1.0.0', sha256: 'ef'.repeat(32) }

export interface SyntheticOptions {
  readonly pictures: number
  /** 0 = no embeddings. */
  readonly dimensions?: number
  readonly perGeneration?: number
  readonly seed?: number
  /** Milliseconds between pictures; default 1500. */
  readonly spacingMs?: number
  /** Value of `performance.now()` at which it stops, whatever it has made by then. */
  readonly untilMs?: number
}

/**
 * A database like that of years of work, without picture files: for measuring lists and searches. Embeddings lie in
 * clusters around a common direction, as those of CLIP do. Not durable while it is made.
 * @returns pictures made.
 */
export function makeSyntheticDatabase(file: string, options: SyntheticOptions): number {
  const { pictures, dimensions = 0, perGeneration = 4, seed = 1, untilMs = Infinity, spacingMs = 1500 } = options
  const random = createRandom(seed)
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)]!
  const db = openWritable(file)
  db.pragma('synchronous = OFF')
  migrate(db, migrations)
  const clusters = Array.from({ length: 64 }, () => noise(dimensions, random))
  const cone = noise(dimensions, random)
  const start = Date.UTC(2020, 0, 1)
  const emptyTokens = new Uint16Array(64)
  const emptyEntropies = new Float32Array(64)
  let done = 0
  while (done < pictures && (done === 0 || performance.now() < untilMs)) {
    inTransaction(db, () => {
      const packKey = keepPack(db, syntheticPack)
      for (let n = 0; n < 4000 && done < pictures; n += perGeneration) {
        const createdMs = start + Math.round(done * spacingMs)
        const prompt = `a ${pick(colours)} ${pick(things)} and a ${pick(colours)} ${pick(things)} ${pick(places)}, ${pick(styles)} ${Math.floor(random() * 5000)}`
        const generationKey = insertGeneration(db, {
          id: newUuid(createdMs) as GenerationId,
          prompt,
          seed: Math.floor(random() * 1e9),
          candidates: perGeneration,
          settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 3 },
          pack: syntheticPack,
          rows: 8,
          columns: 8,
          imagePrompt: null,
          state: 'finished',
          createdMs,
          finishedMs: createdMs + 1000,
          seconds: null,
        })
        const cluster = clusters[Math.floor(random() * clusters.length)]!
        for (let i = 0; i < perGeneration && done < pictures; i++, done++) {
          const key = insertPicture(db, {
            id: newUuid(createdMs) as PictureId,
            generationKey,
            candidate: i,
            width: 256,
            height: 256,
            perplexity: 1 + random() * 30,
            objectSha256: syntheticHash(done),
            bytes: 90_000,
            createdMs: createdMs + i,
            prompt,
            tokens: emptyTokens,
            entropies: emptyEntropies,
          })
          keepScore(db, packKey, key, random() * 0.4)
          if (dimensions > 0) keepEmbedding(db, packKey, key, near(cone, cluster, random))
          if (random() < 0.05)
            run(db, 'UPDATE pictures SET rating = ? WHERE key = ?', 1 + Math.floor(random() * 5), key)
        }
      }
    })
  }
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  return done
}

export function syntheticHash(n: number): string {
  return n.toString(16).padStart(8, '0').repeat(8)
}

function noise(dimensions: number, random: () => number): Float32Array {
  return Float32Array.from({ length: dimensions }, () => random() + random() - 1)
}

function near(cone: Float32Array, cluster: Float32Array, random: () => number): Float32Array {
  const vector = new Float32Array(cone.length)
  let squares = 0
  for (let i = 0; i < vector.length; i++) {
    const value = cone[i]! + 0.7 * cluster[i]! + (random() + random() - 1)
    vector[i] = value
    squares += value * value
  }
  const norm = Math.sqrt(squares)
  for (let i = 0; i < vector.length; i++) vector[i]! /= norm
  return vector
}
