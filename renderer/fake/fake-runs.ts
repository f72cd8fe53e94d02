import type { StudioEvent } from '#app/contract/studio-api.ts'
import { generationRequestSchema, type GenerationRequest, type GenerationSummary } from '#app/domain/generation.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import type { PictureDetail, PictureSummary, PictureVersion } from '#app/domain/picture.ts'

import { fakePack, grid, hash, numberOf, perRun, uuid } from './fake-pack.ts'
import { fakePrompts } from './fake-painter.ts'

export interface FakeRunWishes {
  /** Pictures that are there already, in runs of sixteen. */
  readonly librarySize: number
  /** Milliseconds for one row of tokens. */
  readonly rowMs: number
  /** Every run fails after a few rows. */
  readonly isFailing: boolean
}

/** Runs that have been, and a queue that pretends to draw. */
export function createFakeRuns(wishes: FakeRunWishes, tell: (event: StudioEvent) => void) {
  const made = new Map<GenerationId, GenerationSummary>()
  const pictures = new Map<GenerationId, PictureSummary[]>()
  const cancelled = new Set<GenerationId>()
  const oldRuns = Math.ceil(wishes.librarySize / perRun)
  let nextRun = oldRuns
  let isDrawing = false
  const startMs = Date.now()

  function oldGeneration(number: number): GenerationSummary {
    const id = uuid(1, number) as GenerationId
    const createdAt = new Date(startMs - (oldRuns - number) * 47 * 60_000).toISOString()
    const generation: GenerationSummary = {
      id,
      prompt: fakePrompts[number % fakePrompts.length] ?? '',
      seed: (number * 7919) % 100_000,
      candidates: perRun,
      settings: { temperature: 0.7, topK: 0, topP: 0.9, guidanceScale: 1.2 },
      pack: { id: fakePack.id, version: fakePack.version, sha256: fakePack.sha256 },
      imagePrompt: null,
      state: 'finished',
      createdAt,
      finishedAt: createdAt,
      seconds: { load: 0.4, prefill: 0.1, decode: 9.8, pixels: 0.6, rank: 0.5 },
      error: null,
      best: [],
      finishedCandidates: perRun,
    }
    return { ...generation, best: bestOf(oldPictures(generation)) }
  }
  function picture(generation: GenerationSummary, index: number): PictureSummary {
    const number = numberOf(generation.id) * perRun + index
    const luck = ((Math.imul(number + 11, 2654435761) >>> 8) % 1000) / 1000
    return {
      id: uuid(2, numberOf(generation.id) * 1024 + index) as PictureId,
      generationId: generation.id,
      index,
      prompt: generation.prompt,
      width: 192,
      height: 192,
      clipScore: 0.19 + 0.14 * Math.sqrt(luck) - (number % 7 === 3 ? 0.06 : 0),
      perplexity: 14 + ((number * 29) % 170) / 10,
      createdAt: generation.createdAt,
    }
  }
  const oldPictures = (generation: GenerationSummary) =>
    Array.from({ length: generation.candidates }, (_, index) => picture(generation, index))
  const bestOf = (list: readonly PictureSummary[]) =>
    [...list]
      .sort((a, b) => (b.clipScore ?? 0) - (a.clipScore ?? 0))
      .slice(0, 8)
      .map(({ id }) => id)
  const generationOf = (number: number): GenerationSummary =>
    made.get(uuid(1, number) as GenerationId) ?? oldGeneration(number)
  /** As if every run were drawn from the first picture of the run before, and the next one from this picture. */
  function familyOf(id: PictureId): readonly PictureVersion[] {
    const number = Math.floor(numberOf(id) / 1024)
    const first = number > 0 ? oldPictures(generationOf(number - 1))[0] : undefined
    const toVersion = (picture: PictureSummary, parentId: PictureId | null) => ({
      pictureId: picture.id,
      parentId,
      picture,
    })
    return [
      ...(first === undefined ? [] : [toVersion(first, null)]),
      ...picturesOf(generationOf(number)).map((version) => toVersion(version, first?.id ?? null)),
      ...(number + 1 < nextRun ? picturesOf(generationOf(number + 1)).map((version) => toVersion(version, id)) : []),
    ]
  }
  const picturesOf = (generation: GenerationSummary) => pictures.get(generation.id) ?? oldPictures(generation)

  async function draw(id: GenerationId): Promise<void> {
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    const change = (changes: Partial<GenerationSummary>) => {
      const generation = { ...generationOf(numberOf(id)), ...changes }
      made.set(id, generation)
      return generation
    }
    const end = (changes: Partial<GenerationSummary>) => {
      const done = pictures.get(id) ?? []
      const generation = change({
        finishedAt: new Date().toISOString(),
        finishedCandidates: done.length,
        best: bestOf(done),
        ...changes,
      })
      tell({ type: 'generationEnded', generation })
    }
    change({ state: 'running' })
    tell({ type: 'generationStarted', generationId: id })
    const { candidates } = generationOf(numberOf(id))
    for (let first = 0; first < candidates; first += 32) {
      const count = Math.min(32, candidates - first)
      for (let row = 0; row < grid; row += 1) {
        await wait(wishes.rowMs)
        if (cancelled.has(id)) return end({ state: 'cancelled' })
        if (wishes.isFailing && row === 4)
          return end({
            state: 'failed',
            error: { code: 'engineDied', message: 'The engine process ended with signal SIGKILL at row 4.' },
          })
        tell({ type: 'rowFinished', generationId: id, first, count, row, rows: grid, version: row + 1 })
      }
      for (let index = first; index < first + count; index += 1) {
        await wait(wishes.rowMs / 4)
        const finished = picture(generationOf(numberOf(id)), index)
        pictures.set(id, [...(pictures.get(id) ?? []), finished])
        tell({ type: 'candidateFinished', generationId: id, picture: finished })
      }
    }
    end({
      state: 'finished',
      seconds: { load: 0.3, prefill: 0.1, decode: (wishes.rowMs * grid) / 1000, pixels: 0.5, rank: 0.4 },
    })
  }
  async function drawQueue(): Promise<void> {
    if (isDrawing) return
    isDrawing = true
    for (let job = nextJob(); job !== undefined; job = nextJob()) await draw(job.id)
    isDrawing = false
  }
  const nextJob = () => [...made.values()].find((generation) => generation.state === 'queued')

  const newPictures = () => [...made.keys()].flatMap((id) => pictures.get(id) ?? []).reverse()
  const pictureAt = (place: number): PictureSummary => {
    const fresh = newPictures()
    const number = wishes.librarySize - 1 - (place - fresh.length)
    return fresh[place] ?? picture(generationOf(Math.floor(number / perRun)), number % perRun)
  }
  const total = () => wishes.librarySize + newPictures().length

  function start(request: GenerationRequest): GenerationSummary {
    const valid = generationRequestSchema.parse(request)
    const generation: GenerationSummary = {
      ...oldGeneration(nextRun),
      prompt: valid.prompt,
      seed: valid.seed ?? Math.floor(Math.random() * 2 ** 31),
      candidates: valid.candidates ?? perRun,
      settings: { ...oldGeneration(0).settings, ...valid.settings },
      imagePrompt: valid.imagePrompt ?? null,
      state: 'queued',
      createdAt: new Date().toISOString(),
      finishedAt: null,
      seconds: null,
      best: [],
      finishedCandidates: 0,
    }
    nextRun += 1
    made.set(generation.id, generation)
    tell({ type: 'generationQueued', generation })
    void drawQueue()
    return generation
  }

  /** More candidates of a run that has ended. */
  function goOn(id: GenerationId, more: number): GenerationSummary {
    const earlier = generationOf(numberOf(id))
    const generation: GenerationSummary = { ...earlier, candidates: earlier.candidates + more, state: 'queued' }
    if (!pictures.has(id)) pictures.set(id, [...oldPictures(earlier)])
    made.set(id, generation)
    tell({ type: 'generationQueued', generation })
    void drawQueue()
    return generation
  }

  function detailOf(pictureId: PictureId): PictureDetail {
    const number = numberOf(pictureId)
    const generation = generationOf(Math.floor(number / 1024))
    const summary = picture(generation, number % 1024)
    return {
      ...summary,
      rank: 1 + picturesOf(generation).filter((other) => (other.clipScore ?? 0) > (summary.clipScore ?? 0)).length,
      rows: grid,
      columns: grid,
      tokens: Array.from({ length: grid * grid }, (_, cell) => (number * 31 + cell * 37) % 1024),
      entropies: Array.from({ length: grid * grid }, (_, cell) => {
        const distance = Math.hypot((cell % grid) - 5.5, Math.floor(cell / grid) - 5.5)
        return Math.max(0.05, 3.4 * Math.exp(-((distance - 3.6) ** 2) / 3) + ((cell * 7919) % 100) / 160)
      }),
      objectSha256: hash(number),
      bytes: 5200 + (number % 4000),
      generation,
      pack: generation.pack,
    }
  }

  /** Pictures of each day, the newest first. */
  function countByDay(): ReadonlyMap<string, number> {
    const days = new Map<string, number>()
    const add = (day: string, count: number) => days.set(day, (days.get(day) ?? 0) + count)
    for (const { createdAt } of newPictures()) add(createdAt.slice(0, 10), 1)
    for (let number = oldRuns - 1; number >= 0; number -= 1)
      add(new Date(startMs - (oldRuns - number) * 47 * 60_000).toISOString().slice(0, 10), perRun)
    return days
  }

  return {
    start,
    goOn,
    cancel: (id: GenerationId) => void cancelled.add(id),
    queue: () => [...made.values()].filter(({ state }) => state === 'queued' || state === 'running'),
    /** How many runs there are; they are numbered from 0, the oldest. */
    count: () => nextRun,
    runAt: generationOf,
    picturesOf,
    familyOf,
    detailOf,
    /** How many pictures there are. */
    total,
    /** By place, the newest first. */
    pictureAt,
    countByDay,
  }
}
export type FakeRuns = ReturnType<typeof createFakeRuns>
