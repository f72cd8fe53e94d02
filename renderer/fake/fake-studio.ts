import { StudioError } from '#app/contract/errors.ts'
import { parseResourcePath } from '#app/contract/resources.ts'
import type { CallName, StudioApi, StudioEvent } from '#app/contract/studio-api.ts'
import { generationRequestSchema, type GenerationSummary } from '#app/domain/generation.ts'
import type { GenerationId, PackId, PictureId } from '#app/domain/ids.ts'
import { nothingKept, type Kept } from '#app/domain/kept.ts'
import type { FoundPicture, PictureFilter } from '#app/domain/organising.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { PictureDetail, PictureSummary, PictureVersion } from '#app/domain/picture.ts'

import type { LinkedTransport } from '../transport/linked-transport.ts'
import { fakePrompts, type Painter } from './fake-painter.ts'

export interface FakeWishes {
  /** Pictures that are there already, in runs of sixteen. */
  readonly librarySize: number
  /** Milliseconds for one row of tokens. */
  readonly rowMs: number
  /** Every run fails after a few rows. */
  readonly isFailing: boolean
  readonly hasPack: boolean
  readonly paint: Painter
}

const grid = 12
const perRun = 16
const hash = (seed: number): string =>
  Array.from({ length: 64 }, (_, place) =>
    ((Math.imul(seed + 7, 2654435761 + place * 97) >>> (place % 24)) & 15).toString(16),
  ).join('')
const uuid = (kind: number, number: number): string =>
  `0198a4c0-${kind.toString(16).padStart(4, '0')}-7000-8000-${number.toString(16).padStart(12, '0')}`
const numberOf = (id: string): number => parseInt(id.slice(-12), 16)

export const fakePack: PackSummary = {
  id: 'starter' as PackId,
  name: 'Starter',
  version: '0.1.0',
  description:
    'About a hundred and fifty everyday things as flat pictures, trained by the project’s own code in an hour on two cores.',
  licence: 'Apache-2.0',
  attribution: ['Noto Emoji, Google, Apache-2.0', 'Fluent Emoji, Microsoft, MIT', 'Twemoji, Twitter, CC-BY-4.0'],
  sha256: hash(3),
  bytes: 31_400_000,
  precisions: ['fp32', 'int8'],
  rows: grid,
  columns: grid,
  paletteRows: 0,
  paletteLevels: 0,
  imageVocabulary: 1024,
  textLength: 32,
  pictureWidth: 192,
  pictureHeight: 192,
  canRank: true,
  canEncode: true,
  sampling: { temperature: 0.7, topK: 0, topP: 0.9, guidanceScale: 1.2, candidates: perRun },
  memory: { weightsBytes: 46_000_000, cacheBytesPerRow: 2_200_000 },
}

/** A studio that draws nothing but behaves like one: for looking at the page, and for tests of its state. Development only. */
export function createFakeStudio(wishes: FakeWishes): LinkedTransport {
  const listeners = new Set<(event: StudioEvent) => void>()
  const made = new Map<GenerationId, GenerationSummary>()
  const pictures = new Map<GenerationId, PictureSummary[]>()
  const cancelled = new Set<GenerationId>()
  const oldRuns = Math.ceil(wishes.librarySize / perRun)
  let nextRun = oldRuns
  let isDrawing = false
  const startMs = Date.now()
  const tell = (event: StudioEvent) => listeners.forEach((listener) => listener(event))

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

  /** Pages by number: the cursor is how many were handed out. */
  function page<T>(
    total: number,
    at: (place: number) => T,
    matches: (item: T) => boolean,
    cursor?: string | null,
    limit = 100,
  ) {
    const items: T[] = []
    let place = Number(cursor ?? 0)
    for (; place < total && items.length < limit; place += 1) {
      const item = at(place)
      if (matches(item)) items.push(item)
    }
    return { items, nextCursor: place < total ? String(place) : null }
  }
  const finds = (query = '') => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    return ({ prompt }: { readonly prompt: string }) => words.every((word) => prompt.toLowerCase().includes(word))
  }
  const newPictures = () => [...made.keys()].flatMap((id) => pictures.get(id) ?? []).reverse()

  const ratings = new Map<PictureId, number>()
  const trash = new Set<PictureId>()
  const pictureAt = (place: number): PictureSummary => {
    const fresh = newPictures()
    const number = wishes.librarySize - 1 - (place - fresh.length)
    return fresh[place] ?? picture(generationOf(Math.floor(number / perRun)), number % perRun)
  }
  const found = (summary: PictureSummary): FoundPicture => ({
    ...summary,
    rating: ratings.get(summary.id) ?? 0,
    tags: [],
  })
  const total = () => wishes.librarySize + newPictures().length
  const alike = (limit = 60) =>
    Array.from({ length: Math.min(limit, total()) }, (_, place) => ({
      picture: found(pictureAt((place * 37) % total())),
      similarity: 0.9 - place / 200,
    }))
  let kept: Kept = nothingKept
  const labels = new Map<string, number>([
    ['a photo of an animal', total()],
    ['a photo of food', Math.floor(total() / 3)],
  ])
  const labelOf = (name: string) => ({
    ...{ name, packId: fakePack.id, version: fakePack.version, sha256: fakePack.sha256 },
  })
  const matcher =
    (filter: PictureFilter) =>
    (one: FoundPicture): boolean =>
      finds(filter.query)(one) &&
      one.rating >= (filter.minRating ?? 0) &&
      (one.clipScore ?? 0) >= (filter.minClipScore ?? -1) &&
      (filter.seed === undefined || generationOf(Math.floor(numberOf(one.id) / 1024)).seed === filter.seed) &&
      (filter.generationId === undefined || one.generationId === filter.generationId) &&
      (filter.isBestOfRun !== true || one.index === 0) &&
      (filter.createdBefore === undefined || one.createdAt < filter.createdBefore) &&
      trash.has(one.id) === (filter.isDeleted === true)
  const isEverything = (filter: PictureFilter) => Object.keys(filter).length === 0 && trash.size === 0
  const everyPicture = (filter: PictureFilter) =>
    Array.from({ length: total() }, (_, place) => found(pictureAt(place))).filter(matcher(filter))
  const refuse = async (): Promise<never> => {
    throw new StudioError('invalidRequest', 'The pretended studio cannot do this.')
  }

  const api: StudioApi = {
    makeBugReport: async () => ({ text: '# Easel bug report\n\n- versions: Easel 0.0.0 (pretended)\n' }),
    findPictures: async ({ filter = {}, order, cursor, offset = 0, limit = 100 }) => {
      const at = (place: number) => found(pictureAt(order === 'oldest' ? total() - 1 - place : place))
      if (isEverything(filter)) return page(total(), at, () => true, cursor ?? String(offset), limit)
      if (filter.generationId !== undefined) {
        const pictures = picturesOf(generationOf(numberOf(filter.generationId))).map(found)
        return { items: pictures.slice(offset, offset + limit), nextCursor: null }
      }
      const all = everyPicture(filter)
      const items = all.slice(offset, offset + limit)
      const piles = filter.isBestOfRun === true ? items.map((one) => ({ ...one, runPictures: perRun })) : items
      return { items: piles, nextCursor: offset + limit < all.length ? String(offset + limit) : null }
    },
    countPictures: async ({ filter = {} }) => (isEverything(filter) ? total() : everyPicture(filter).length),
    getTimeline: async ({ filter = {} }) => {
      const days = new Map<string, number>()
      const add = (day: string, pictures: number) => days.set(day, (days.get(day) ?? 0) + pictures)
      if (isEverything(filter)) {
        for (const picture of newPictures()) add(picture.createdAt.slice(0, 10), 1)
        for (let number = oldRuns - 1; number >= 0; number -= 1)
          add(new Date(startMs - (oldRuns - number) * 47 * 60_000).toISOString().slice(0, 10), perRun)
      } else for (const picture of everyPicture(filter)) add(picture.createdAt.slice(0, 10), 1)
      return [...days].map(([day, pictures]) => ({ day, pictures }))
    },
    getKept: async () => kept,
    changeKept: async (changes) => {
      kept = { ...kept, ...changes }
      tell({ type: 'keptChanged' })
    },
    continueGeneration: async ({ generationId, more }) => {
      const earlier = generationOf(numberOf(generationId))
      const generation: GenerationSummary = { ...earlier, candidates: earlier.candidates + more, state: 'queued' }
      if (!pictures.has(generationId)) pictures.set(generationId, [...oldPictures(earlier)])
      made.set(generationId, generation)
      tell({ type: 'generationQueued', generation })
      void drawQueue()
      return generation
    },
    readReceipt: async () => null,
    exportPictures: async () => ({ name: 'easel.zip', mediaType: 'application/zip', base64: '' }),
    listLabels: async () =>
      [...labels].map(([name, scored]) => ({ ...labelOf(name), scored, waiting: total() - scored })),
    addLabel: async ({ name }) => {
      labels.set(name, 0)
      return { ...labelOf(name), scored: 0, waiting: total() }
    },
    removeLabel: async ({ name }) => void labels.delete(name),
    listLabelScores: async () =>
      [...labels.keys()].map((name, place) => ({ name, score: 0.27 - place / 50, packId: fakePack.id })),
    listDuplicates: async ({ cursor }) => {
      const start = Number(cursor ?? 0)
      const groups = Array.from({ length: 4 }, (_, group) =>
        Array.from({ length: 2 + (group % 3) }, (_, place) => found(pictureAt(start + group * perRun + place * 3))),
      )
      return { groups, examined: 100, nextCursor: start < 200 ? String(start + 64) : null }
    },
    findNearDuplicates: refuse,
    listScores: async () => [],
    listClipPacks: async () => [],
    chooseClipPack: refuse,
    getRescoring: async () => ({
      ...{ chosen: null, isRunning: false, scored: total(), waiting: 0, failed: 0, error: null },
    }),
    verifyLibrary: refuse,
    listDamaged: async () => [],
    rebuildLibrary: refuse,
    repairLibrary: refuse,
    listBackups: async () => [],
    restoreBackup: refuse,
    chooseImportFiles: refuse,
    beginUpload: refuse,
    uploadPart: refuse,
    dropImportFiles: refuse,
    examineCheckpoint: refuse,
    installCheckpoint: refuse,
    cancelImport: refuse,
    getImport: refuse,
    removePack: refuse,
    findByMeaning: async ({ limit }) => alike(limit),
    findSimilar: async ({ limit }) => alike(limit),
    ratePictures: async ({ pictureIds, rating }) => {
      for (const id of pictureIds) ratings.set(id, rating)
      tell({ type: 'picturesRated', pictureIds, rating })
    },
    deletePictures: async ({ pictureIds }) => {
      for (const id of pictureIds) trash.add(id)
      tell({ type: 'picturesDeleted', pictureIds })
    },
    restorePictures: async ({ pictureIds }) => {
      for (const id of pictureIds) trash.delete(id)
      tell({ type: 'picturesRestored', pictureIds })
    },
    verifyPicture: async () => ({ matches: true, firstDifference: null, message: 'Replayed with pack starter 0.1.0.' }),
    pauseQueue: async () => tell({ type: 'queueChanged', isPaused: true }),
    resumeQueue: async () => tell({ type: 'queueChanged', isPaused: false }),
    listTags: async () => [],
    listCollections: async () => [],
    changeTags: refuse,
    createCollection: refuse,
    renameCollection: refuse,
    removeCollection: refuse,
    changeCollection: refuse,
    emptyTrash: async () => ({ removed: trash.size }),
    getLibraryHealth: async () => ({
      folder: '/library',
      access: 'write',
      pictures: total(),
      generations: nextRun,
      inTrash: trash.size,
      bytes: total() * 6100,
      schemaVersion: 60,
      sqliteVersion: '3.50',
      newestBackup: null,
      backups: 0,
    }),
    backupLibrary: refuse,
    importPicture: refuse,
    mirrorPicture: refuse,
    getLineage: async ({ pictureId }) => familyOf(pictureId),
    retryGeneration: refuse,
    moveInQueue: refuse,
    getStudioInfo: async () => ({
      version: '0.1.0',
      shell: 'browser',
      defaultPackId: wishes.hasPack ? fakePack.id : null,
      pictureCount: total(),
      isQueuePaused: false,
    }),
    listPacks: async () => (wishes.hasPack ? [fakePack] : []),
    tokenizePrompt: async ({ prompt }) => {
      const tokens = prompt.toLowerCase().match(/\S{1,6}/g) ?? []
      const kept = tokens.slice(0, 30)
      const end = kept.reduce((from, token) => prompt.toLowerCase().indexOf(token, from) + token.length, 0)
      return { count: tokens.length, limit: 30, tokens, kept: prompt.slice(0, end) }
    },
    generate: async (request) => {
      if (!wishes.hasPack) throw new StudioError('packMissing', 'No pack is installed.')
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
    },
    cancelGeneration: async ({ generationId }) => void cancelled.add(generationId),
    listQueue: async () =>
      [...made.values()]
        .filter(({ state }) => state === 'queued' || state === 'running')
        .map((generation) => ({ generation, row: 0, rows: grid, previewVersion: 0 })),
    listGenerations: async ({ query, cursor, limit }) =>
      page(nextRun, (place) => generationOf(nextRun - 1 - place), finds(query), cursor, limit),
    getGeneration: async ({ generationId }) => {
      const generation = generationOf(numberOf(generationId))
      return { generation, pictures: picturesOf(generation) }
    },
    listPictures: async ({ query, cursor, limit }) => page(total(), pictureAt, finds(query), cursor, limit),
    getPicture: async ({ pictureId }): Promise<PictureDetail> => {
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
    },
  }

  return {
    invoke: (name: CallName, payload) => (api[name] as (payload: unknown) => Promise<unknown>)(payload),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    resourceUrl(path) {
      const resource = parseResourcePath(path)
      if (resource === undefined) return ''
      const number =
        resource.kind === 'picture'
          ? numberOf(resource.id)
          : numberOf(resource.generationId) * 1024 + resource.candidate
      const generation = generationOf(Math.floor(number / 1024))
      return wishes.paint(
        generation.prompt,
        Math.floor(number / 1024) * perRun + (number % 1024),
        resource.kind === 'picture' ? grid : resource.version,
      )
    },
  }
}
