import type { StudioApi, StudioEvent } from '#app/contract/studio-api.ts'
import type { PictureId } from '#app/domain/ids.ts'
import { nothingKept, type Kept } from '#app/domain/kept.ts'
import type { FoundPicture, PictureFilter } from '#app/domain/organising.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import { fakePack, numberOf, perRun } from './fake-pack.ts'
import { hasWords, pageOf } from './fake-pages.ts'
import type { FakeRuns } from './fake-runs.ts'

/** The calls of the library over pretended runs: search, marks, trash, labels. */
export function createFakeLibrary(runs: FakeRuns, tell: (event: StudioEvent) => void) {
  const { total, pictureAt } = runs
  const ratings = new Map<PictureId, number>()
  const trash = new Set<PictureId>()
  const found = (summary: PictureSummary): FoundPicture => ({
    ...summary,
    rating: ratings.get(summary.id) ?? 0,
    tags: [],
  })
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
      hasWords(filter.query)(one) &&
      one.rating >= (filter.minRating ?? 0) &&
      (one.clipScore ?? 0) >= (filter.minClipScore ?? -1) &&
      (filter.seed === undefined || runs.runAt(Math.floor(numberOf(one.id) / 1024)).seed === filter.seed) &&
      (filter.generationId === undefined || one.generationId === filter.generationId) &&
      (filter.isBestOfRun !== true || one.index === 0) &&
      (filter.createdBefore === undefined || one.createdAt < filter.createdBefore) &&
      trash.has(one.id) === (filter.isDeleted === true)
  const isEverything = (filter: PictureFilter) => Object.keys(filter).length === 0 && trash.size === 0
  const everyPicture = (filter: PictureFilter) =>
    Array.from({ length: total() }, (_, place) => found(pictureAt(place))).filter(matcher(filter))

  return {
    findPictures: async ({ filter = {}, order, cursor, offset = 0, limit = 100 }) => {
      const at = (place: number) => found(pictureAt(order === 'oldest' ? total() - 1 - place : place))
      if (isEverything(filter)) return pageOf(total(), at, () => true, cursor ?? String(offset), limit)
      if (filter.generationId !== undefined) {
        const pictures = runs.picturesOf(runs.runAt(numberOf(filter.generationId))).map(found)
        return { items: pictures.slice(offset, offset + limit), nextCursor: null }
      }
      const all = everyPicture(filter)
      const items = all.slice(offset, offset + limit)
      const piles = filter.isBestOfRun === true ? items.map((one) => ({ ...one, runPictures: perRun })) : items
      return { items: piles, nextCursor: offset + limit < all.length ? String(offset + limit) : null }
    },
    countPictures: async ({ filter = {} }) => (isEverything(filter) ? total() : everyPicture(filter).length),
    getTimeline: async ({ filter = {} }) => {
      const days = new Map<string, number>(isEverything(filter) ? runs.countByDay() : [])
      if (!isEverything(filter))
        for (const { createdAt } of everyPicture(filter))
          days.set(createdAt.slice(0, 10), (days.get(createdAt.slice(0, 10)) ?? 0) + 1)
      return [...days].map(([day, pictures]) => ({ day, pictures }))
    },
    getKept: async () => kept,
    changeKept: async (changes) => {
      kept = { ...kept, ...changes }
      tell({ type: 'keptChanged' })
    },
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
    listScores: async () => [],
    listClipPacks: async () => [],
    getRescoring: async () => ({
      ...{ chosen: null, isRunning: false, scored: total(), waiting: 0, failed: 0, error: null },
    }),
    listDamaged: async () => [],
    listBackups: async () => [],
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
    listTags: async () => [],
    listCollections: async () => [],
    emptyTrash: async () => ({ removed: trash.size }),
    getLibraryHealth: async () => ({
      folder: '/library',
      access: 'write',
      pictures: total(),
      generations: runs.count(),
      inTrash: trash.size,
      bytes: total() * 6100,
      schemaVersion: 60,
      sqliteVersion: '3.50',
      newestBackup: null,
      backups: 0,
    }),
    listPictures: async ({ query, cursor, limit }) => pageOf(total(), pictureAt, hasWords(query), cursor, limit),
  } satisfies Partial<StudioApi>
}
