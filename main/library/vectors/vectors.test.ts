import { rmSync } from 'node:fs'

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { PackId, PictureId } from '#app/domain/ids.ts'

import type { StoredLibrary } from '../library.ts'
import { openLibrary } from '../open-library.ts'
import { makeQuickFolder } from '../testing/folders.ts'
import { createRandom, sampleCandidate, sampleGeneration, sampleVector } from '../testing/sample.ts'
import { createDotMatrix } from './dots.ts'
import { fitQuantizer } from './quantizer.ts'
import { dot } from './vector-index.ts'

describe('dots', () => {
  it('equals plain integer products at the ends of the range', () => {
    const matrix = createDotMatrix(32, 1)
    const rows = [-127, 127, 1].map((value) => new Int8Array(32).fill(value))
    for (const row of rows) matrix.push(row)
    const query = Int16Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? 32_767 : -1))
    const expected = rows.map((row) => row.reduce((sum, value, i) => sum + value * query[i]!, 0))
    expect(Array.from(matrix.dots(query))).toEqual(expected)
  })

  it('keeps its rows while it grows', () => {
    const matrix = createDotMatrix(16, 1)
    for (let i = 0; i < 20_000; i++) matrix.push(new Int8Array(16).fill(i % 100))
    const sums = matrix.dots(new Int16Array(16).fill(2))
    expect([sums.length, sums[0], sums[99], sums[19_999]]).toEqual([20_000, 0, 99 * 32, 99 * 32])
  })
})

describe('quantizer', () => {
  it('never is further off than it says', () => {
    const dimensions = fc.integer({ min: 1, max: 70 })
    fc.assert(
      fc.property(dimensions, fc.integer(), (length, seed) => {
        const random = createRandom(seed)
        const vectors = Array.from({ length: 5 }, () => sampleVector(length, random))
        const quantizer = fitQuantizer(vectors.slice(0, 3), length)
        const query = sampleVector(length, random)
        const { values, scale, offset, perStep, slack } = quantizer.encodeQuery(query)
        for (const vector of vectors) {
          const row = new Int8Array(quantizer.paddedDimensions)
          const distance = quantizer.encode(vector, row)
          const sum = row.reduce((total, value, i) => total + value * values[i]!, 0)
          const error = Math.abs(offset + scale * sum - dot(query, vector))
          expect(error).toBeLessThanOrEqual(slack + perStep * distance)
        }
      }),
    )
  })
})

describe('search', () => {
  const folder = makeQuickFolder('vectors')
  const random = createRandom(4)
  const ids: PictureId[] = []
  let library: StoredLibrary
  beforeAll(async () => {
    library = await openLibrary({ folder })
    const { id } = library.createGeneration(sampleGeneration({ candidates: 512 }))
    for (let i = 0; i < 200; i++) {
      ids.push((await library.addCandidate(id, sampleCandidate(i, random, { dimensions: 24 }))).id)
    }
  })
  afterAll(() => {
    library.close()
    rmSync(folder, { recursive: true })
  })
  const pack = sampleGeneration().pack

  it('answers exactly what comparing with every picture answers', () => {
    const known = new Map(ids.slice(0, 12).map((id) => [id, library.searchPicture(id, 1000)]))
    for (const [id, found] of known) {
      expect(found.map((picture) => picture.id)).not.toContain(id)
      expect(found).toHaveLength(199)
      const similarities = found.map((picture) => picture.similarity)
      expect(similarities).toEqual(similarities.toSorted((a, b) => b - a))
      const top = library.searchPicture(id, 10)
      expect(top).toEqual(found.slice(0, 10))
    }
  })

  it('answers the same after reading its vectors bit by bit', async () => {
    const [first] = ids
    const expected = library.searchPicture(first!, 20)
    const other = await openLibrary({ folder, access: 'read' })
    let reads = 0
    while (!other.readVectors(first!, 30)) reads++
    expect([reads, other.readVectors(pack, 30), other.searchPicture(first!, 20)]).toEqual([6, true, expected])
    other.close()
  })

  it('finds a picture saved after the last search, and not a deleted one', async () => {
    const candidate = sampleCandidate(300, random, { dimensions: 24 })
    const { id } = library.listGenerations({}).items[0]!
    const added = await library.addCandidate(id, candidate)
    const nearest = () => library.searchEmbedding(pack, candidate.embedding!, 1).map((picture) => picture.id)
    expect(nearest()).toEqual([added.id])
    expect(library.findNearDuplicates(added.id, 0.999)).toEqual([])
    library.deletePictures([added.id])
    expect(nearest()).not.toEqual([added.id])
    expect(library.searchEmbedding({ ...pack, version: '2.0.0' }, candidate.embedding!)).toEqual([])
  })

  it('shows the scores of the chosen CLIP pack and keeps those of the others', () => {
    const other = { id: 'other-clip' as PackId, version: '1.0.0', sha256: 'cd'.repeat(32) }
    const before = library.getPicture(ids[0]!).clipScore
    expect(library.listUnscored(other, 500)).toHaveLength(200)
    library.addScore(other, ids[0]!, { score: 0.75, embedding: sampleVector(12, random) })
    expect(library.listUnscored(other, 500)).toHaveLength(199)
    library.chooseClipPack(other)
    expect([library.getPicture(ids[0]!).clipScore, library.getPicture(ids[1]!).clipScore]).toEqual([0.75, null])
    library.chooseClipPack(null)
    expect(library.getPicture(ids[0]!).clipScore).toBe(before)
  })

  it('scores labels a slice at a time, stores them and filters by them', () => {
    const label = { name: 'apple', embedding: sampleVector(24, random) }
    let scored = 0
    for (let n = Infinity; n > 0; scored += n) n = library.scoreLabel(pack, label, 64)
    expect(scored).toBe(201)
    const [best] = library.searchEmbedding(pack, label.embedding, 1)
    expect(library.listLabelScores(best!.id)).toEqual([{ name: 'apple', score: best!.similarity, packId: pack.id }])
    const filter = { label: { name: 'apple', minScore: best!.similarity } }
    expect(library.findPictures({ filter }).items.map((picture) => picture.id)).toEqual([best!.id])
  })
})
