import { randomUUID } from 'node:crypto'

import type { CandidateFinished, RowFinished } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { Page, PageRequest } from '#app/contract/studio-api.ts'
import type { GenerationSummary } from '#app/domain/generation.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import type { PictureDetail, PictureSummary } from '#app/domain/picture.ts'
import { freshQueue } from '#app/domain/queue-state.ts'
import type { JournalState, Library, NewGeneration, StoredLibrary } from '#main/library/library.ts'

interface StoredGeneration {
  readonly grid: Pick<NewGeneration, 'rows' | 'columns'>
  summary: GenerationSummary
  readonly journal: Map<number, Map<number, Uint16Array>>
  readonly pictures: Map<number, { readonly summary: PictureSummary; readonly candidate: CandidateFinished }>
}

/**
 * A library that honours `Library`, the interface of the generation path, and forgets everything: for tests of what stands on a library.
 * What organises and keeps a library is tested on the real one; here it is not a function.
 */
export function createMemoryLibrary(): StoredLibrary {
  return createGenerationLibrary() as StoredLibrary
}

function createGenerationLibrary(): Library {
  const generations = new Map<GenerationId, StoredGeneration>()
  let clock = Date.UTC(2026, 0, 1)
  let queueState = freshQueue
  const now = () => new Date((clock += 1000)).toISOString()

  function stored(id: GenerationId): StoredGeneration {
    const generation = generations.get(id)
    if (generation === undefined) throw new StudioError('notFound', `There is no generation ${id}.`)
    return generation
  }
  const picturesOf = (generation: StoredGeneration) =>
    [...generation.pictures.values()].map(({ summary }) => summary).sort(byScore)
  function summaryOf(id: GenerationId): GenerationSummary {
    const generation = stored(id)
    const pictures = picturesOf(generation)
    return {
      ...generation.summary,
      best: pictures.slice(0, 8).map((picture) => picture.id),
      finishedCandidates: pictures.length,
    }
  }
  function findPicture(id: PictureId) {
    for (const generation of generations.values()) {
      const ranked = picturesOf(generation)
      const rank = ranked.findIndex((picture) => picture.id === id) + 1
      const picture = [...generation.pictures.values()].find(({ summary }) => summary.id === id)
      if (picture !== undefined) return { ...picture, generation, rank }
    }
    throw new StudioError('notFound', `There is no picture ${id}.`)
  }

  return {
    folder: '/memory',
    createGeneration(generation) {
      const { rows, columns, ...made } = generation
      const id = randomUUID() as GenerationId
      const summary: GenerationSummary = {
        ...{ id, ...made, state: 'queued', createdAt: now(), finishedAt: null, seconds: null, error: null },
        ...{ best: [], finishedCandidates: 0 },
      }
      generations.set(id, { grid: { rows, columns }, summary, journal: new Map(), pictures: new Map() })
      return summary
    },
    setGenerationState(id, state, details) {
      const generation = stored(id)
      const isEnded = state !== 'queued' && state !== 'running'
      if (isEnded && state !== 'failed') generation.journal.clear()
      generation.summary = {
        ...generation.summary,
        state,
        finishedAt: isEnded ? now() : null,
        seconds: details?.seconds ?? null,
        error: details?.error ?? null,
      }
      return summaryOf(id)
    },
    extendGeneration(id, candidates) {
      const generation = stored(id)
      generation.summary = { ...generation.summary, candidates, state: 'queued', finishedAt: null, error: null }
      return summaryOf(id)
    },
    appendRow: (id, row) => appendRow(stored(id), row),
    readJournal: (id) => readJournal(stored(id)),
    addCandidate(id, candidate) {
      const generation = stored(id)
      const known = generation.pictures.get(candidate.index)
      if (known !== undefined) return Promise.resolve(known.summary)
      const summary: PictureSummary = {
        id: randomUUID() as PictureId,
        generationId: id,
        index: candidate.index,
        prompt: generation.summary.prompt,
        width: candidate.picture.width,
        height: candidate.picture.height,
        clipScore: candidate.clipScore,
        perplexity: candidate.perplexity,
        createdAt: now(),
      }
      generation.pictures.set(candidate.index, { summary, candidate })
      return Promise.resolve(summary)
    },
    listUnfinished: () =>
      [...generations.keys()]
        .map(summaryOf)
        .filter(({ state, error }) => state === 'queued' || state === 'running' || error?.code === 'storageFull'),
    readQueueState: () => queueState,
    keepQueueState: (state) => {
      queueState = state
    },
    getGeneration: summaryOf,
    listPicturesOf: (id) => picturesOf(stored(id)),
    listGenerations: (request) => page([...generations.keys()].reverse().map(summaryOf), request),
    listPictures: (request) => {
      const pictures = [...generations.values()].flatMap(picturesOf)
      return page(
        pictures.sort((a, b) => b.createdAt.localeCompare(a.createdAt)),
        request,
      )
    },
    getPicture(id): PictureDetail {
      const { summary, candidate, generation, rank } = findPicture(id)
      return {
        ...summary,
        ...generation.grid,
        rank,
        tokens: [...candidate.tokens],
        entropies: [...candidate.entropies],
        objectSha256: '0'.repeat(64),
        bytes: 0,
        generation: summaryOf(summary.generationId),
        pack: generation.summary.pack,
      }
    },
    pictureFile: (id) => `/memory/${findPicture(id).summary.id}.png`,
    countPictures: () => [...generations.values()].reduce((sum, { pictures }) => sum + pictures.size, 0),
    close: () => undefined,
  }
}

function byScore(a: PictureSummary, b: PictureSummary): number {
  return (b.clipScore ?? -2) - (a.clipScore ?? -2) || a.index - b.index
}

function appendRow(generation: StoredGeneration, { candidates, row, tokens }: RowFinished): void {
  const columns = tokens.length / candidates.length
  candidates.forEach((candidate, position) => {
    const rows = generation.journal.get(candidate) ?? new Map<number, Uint16Array>()
    rows.set(row, tokens.slice(position * columns, (position + 1) * columns))
    generation.journal.set(candidate, rows)
  })
}

/** Whole rows from the top without a gap. */
function readJournal(generation: StoredGeneration): JournalState {
  const rows = new Map<number, Uint16Array>()
  for (const [candidate, byRow] of generation.journal) {
    const codes: number[] = []
    for (let row = 0; byRow.has(row); row++) codes.push(...(byRow.get(row) ?? []))
    if (!generation.pictures.has(candidate)) rows.set(candidate, Uint16Array.from(codes))
  }
  return { finished: new Set(generation.pictures.keys()), rows }
}

function page<T extends { readonly prompt: string }>(
  all: readonly T[],
  { query, cursor, limit = 100 }: PageRequest,
): Page<T> {
  const hits = all.filter(({ prompt }) => prompt.toLowerCase().includes((query ?? '').toLowerCase()))
  const start = Number(cursor ?? 0)
  return {
    items: hits.slice(start, start + limit),
    nextCursor: start + limit < hits.length ? String(start + limit) : null,
  }
}
