import { readFileSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { readPictureMetadata } from './png/picture-metadata.ts'
import { openLibraryBench, type LibraryBench } from './testing/library-bench.ts'
import { sampleCandidate, sampleGeneration } from './testing/sample.ts'

let bench: LibraryBench
beforeEach(async () => {
  bench = await openLibraryBench()
})
afterEach(() => bench.end())

describe('generations', () => {
  it('keeps a job through a restart, with its times, seconds and best pictures', async () => {
    const { id } = bench.library.createGeneration(sampleGeneration({ prompt: 'two cats', candidates: 2 }))
    bench.library.setGenerationState(id, 'running')
    const worse = await bench.library.addCandidate(id, { ...sampleCandidate(0, bench.random), clipScore: 0.1 })
    const better = await bench.library.addCandidate(id, { ...sampleCandidate(1, bench.random), clipScore: 0.2 })
    const seconds = { load: 1, prefill: 2, decode: 3, pixels: 4, rank: 5 }
    bench.library.setGenerationState(id, 'finished', { seconds })
    await bench.reopen()
    expect(bench.library.getGeneration(id)).toEqual({
      id,
      prompt: 'two cats',
      seed: 7,
      candidates: 2,
      settings: sampleGeneration().settings,
      pack: sampleGeneration().pack,
      imagePrompt: null,
      state: 'finished',
      createdAt: expect.stringMatching(/^2026-01-01T/),
      finishedAt: expect.stringMatching(/^2026-01-01T/),
      seconds,
      error: null,
      best: [better.id, worse.id],
      finishedCandidates: 2,
    })
    expect(bench.library.listUnfinished()).toEqual([])
  })

  it('keeps what a failure said', () => {
    const { id } = bench.library.createGeneration(sampleGeneration())
    const error = { code: 'outOfMemory', message: 'It needs 12 GB.' }
    expect(bench.library.setGenerationState(id, 'failed', { error }).error).toEqual(error)
  })

  it('says notFound for an id that is not there', () => {
    const id = '00000000-0000-7000-8000-000000000000'
    expect(() => bench.library.getGeneration(id as never)).toThrow(expect.objectContaining({ code: 'notFound' }))
    expect(() => bench.library.getPicture(id as never)).toThrow(expect.objectContaining({ code: 'notFound' }))
  })
})

describe('candidates', () => {
  it('answers everything that made a picture, and its PNG says the same', async () => {
    const { id } = bench.library.createGeneration(sampleGeneration({ prompt: 'ein grüner Hund 🐕' }))
    const drawnOn = { device: 'webgpu', precision: 'int8' as const }
    const candidate = { ...sampleCandidate(3, bench.random), drawnOn }
    const picture = await bench.library.addCandidate(id, candidate)
    const detail = bench.library.getPicture(picture.id)
    expect(detail).toMatchObject({
      ...picture,
      drawnOn,
      rank: 1,
      rows: 4,
      columns: 4,
      tokens: Array.from(candidate.tokens),
      entropies: Array.from(candidate.entropies),
      clipScore: candidate.clipScore,
    })
    const png = readFileSync(bench.library.pictureFile(picture.id))
    expect(readPictureMetadata(png)).toEqual({
      schemaVersion: 1,
      software: 'Easel 9.9.9',
      origin: 'easel',
      pictureId: picture.id,
      generationId: id,
      prompt: 'ein grüner Hund 🐕',
      seed: 7,
      index: 3,
      candidates: 4,
      settings: sampleGeneration().settings,
      imagePrompt: null,
      pack: sampleGeneration().pack,
      rows: 4,
      columns: 4,
      tokens: candidate.tokens,
      perplexity: candidate.perplexity,
      drawnOn,
      clipScore: candidate.clipScore,
      generationCreatedAt: detail.generation.createdAt,
      createdAt: picture.createdAt,
    })
  })

  it('does not know where a picture was computed that came without a word of it', async () => {
    const { id } = bench.library.createGeneration(sampleGeneration())
    const picture = await bench.library.addCandidate(id, sampleCandidate(0, bench.random))
    const png = readPictureMetadata(readFileSync(bench.library.pictureFile(picture.id)))
    expect([bench.library.getPicture(picture.id).drawnOn, png && 'drawnOn' in png]).toEqual([null, false])
  })

  it('adds a candidate once, also when asked twice at the same time', async () => {
    const { id } = bench.library.createGeneration(sampleGeneration())
    const candidate = sampleCandidate(0, bench.random)
    const [first, second] = await Promise.all([
      bench.library.addCandidate(id, candidate),
      bench.library.addCandidate(id, candidate),
    ])
    expect(second).toEqual(first)
    expect(bench.library.countPictures()).toBe(1)
  })

  it('refuses tokens that do not fill the grid', async () => {
    const { id } = bench.library.createGeneration(sampleGeneration())
    const candidate = { ...sampleCandidate(0, bench.random), tokens: new Uint16Array(3) }
    await expect(bench.library.addCandidate(id, candidate)).rejects.toThrow('3 tokens, the grid has 4 × 4 cells')
  })
})

describe('journal', () => {
  const row = (number: number, candidates: readonly number[]) => ({
    candidates,
    row: number,
    rows: 4,
    tokens: Uint16Array.from(
      candidates.flatMap((candidate) => Array.from({ length: 4 }, () => candidate * 10 + number)),
    ),
  })

  it('answers whole rows of unfinished candidates after a restart', async () => {
    const { id } = bench.library.createGeneration(sampleGeneration())
    bench.library.appendRow(id, row(0, [0, 1, 2]))
    bench.library.appendRow(id, row(1, [0, 1]))
    bench.library.appendRow(id, row(2, [2]))
    await bench.library.addCandidate(id, sampleCandidate(1, bench.random))
    await bench.reopen()
    expect(bench.library.readJournal(id)).toEqual({
      finished: new Set([1]),
      rows: new Map([
        [0, Uint16Array.of(0, 0, 0, 0, 1, 1, 1, 1)],
        [2, Uint16Array.of(20, 20, 20, 20)],
      ]),
    })
  })

  it('forgets the rows of an ended job', () => {
    const { id } = bench.library.createGeneration(sampleGeneration())
    bench.library.appendRow(id, row(0, [0]))
    bench.library.setGenerationState(id, 'cancelled')
    expect(bench.library.readJournal(id)).toEqual({ finished: new Set(), rows: new Map() })
  })

  it('keeps the rows of a job that failed, and goes on after a restart with one that a full disk ended', async () => {
    const ids = ['storageFull', 'packInvalid'].map((code) => {
      const { id } = bench.library.createGeneration(sampleGeneration())
      bench.library.appendRow(id, row(0, [0]))
      bench.library.setGenerationState(id, 'failed', { error: { code, message: 'It failed.' } })
      return id
    })
    await bench.reopen()
    const rows = { finished: new Set(), rows: new Map([[0, Uint16Array.of(0, 0, 0, 0)]]) }
    expect(ids.map((id) => bench.library.readJournal(id))).toEqual([rows, rows])
    expect(bench.library.listUnfinished().map(({ id, state }) => [id, state])).toEqual([[ids[0], 'failed']])
    bench.library.setGenerationState(ids[0]!, 'finished')
    expect(bench.library.listUnfinished()).toEqual([])
  })

  it('refuses a row that does not fit the grid', () => {
    const { id } = bench.library.createGeneration(sampleGeneration())
    expect(() => bench.library.appendRow(id, { ...row(0, [0]), row: 4 })).toThrow('the grid is 4 × 4')
  })
})
