import { SvelteMap } from 'svelte/reactivity'

import type { QueueEntry, StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationSummary } from '#app/domain/generation.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import type { CandidateOrder } from './preferences.svelte.ts'

/** What there is to show of one candidate: its picture once finished, a preview before, nothing at first. */
export interface CandidateView {
  readonly index: number
  readonly picture: PictureSummary | null
  /** Newest preview of an unfinished candidate. */
  readonly previewVersion: number | null
  /** 1 = best of those finished, under the order asked for. */
  readonly rank: number | null
}

/** Part of the work that is done when all rows are drawn; the rest is pixels and ranking. */
const drawingShare = 0.95

/** One run, live or from history: its job, its finished pictures, and how far the rest is. */
export class Run {
  #generation = $state.raw() as GenerationSummary
  #pictures = $state.raw<readonly PictureSummary[]>([])
  readonly #previews = new SvelteMap<number, number>()
  #chunk = $state.raw({ first: 0, count: 0, rowsDone: 0, rows: 0 })
  #startedAtMs = $state<number | null>(null)
  /** Of each candidate as it was listed last. One that has not changed stays the same object, so that its tile is left alone. */
  readonly #views = new Map<number, CandidateView>()

  readonly #isEnded = $derived(['finished', 'cancelled', 'failed'].includes(this.#generation.state))
  readonly #progress = $derived.by(() => {
    if (this.#isEnded) return 1
    const { count, rowsDone, rows } = this.#chunk
    const drawn = rows === 0 ? 0 : (count * rowsDone) / rows
    const finished = this.#pictures.filter((picture) => this.#isInChunk(picture.index)).length
    const earlier = this.#pictures.length - finished
    return Math.min(1, (earlier + drawingShare * drawn + (1 - drawingShare) * finished) / this.#generation.candidates)
  })

  constructor(generation: GenerationSummary) {
    this.#generation = generation
  }

  get generation(): GenerationSummary {
    return this.#generation
  }
  get pictures(): readonly PictureSummary[] {
    return this.#pictures
  }
  get isEnded(): boolean {
    return this.#isEnded
  }
  /** 0 to 1 of the work of the whole run. */
  get progress(): number {
    return this.#progress
  }
  /** Finished rows of the candidates being drawn now. */
  get rowsDone(): number {
    return this.#chunk.rowsDone
  }
  get rows(): number {
    return this.#chunk.rows
  }
  /** Clock of this page; null when the run had begun before the page was opened, or waits. */
  get startedAtMs(): number | null {
    return this.#startedAtMs
  }

  isDrawing(index: number): boolean {
    return !this.#isEnded && this.#isInChunk(index)
  }

  /** Finished candidates first, best first; then the others by number. */
  candidates(order: CandidateOrder, ratingOf: RatingOf = unrated): readonly CandidateView[] {
    const views = sortPictures(this.#pictures, order, ratingOf).map((picture, place) =>
      this.#keepView({ index: picture.index, picture, previewVersion: null, rank: place + 1 }),
    )
    if (order === 'index' || !this.#isEnded) {
      const finished = new Set(this.#pictures.map((picture) => picture.index))
      for (let index = 0; index < this.#generation.candidates && !this.#isEnded; index += 1) {
        if (!finished.has(index))
          views.push(
            this.#keepView({ index, picture: null, previewVersion: this.#previews.get(index) ?? null, rank: null }),
          )
      }
    }
    return order === 'index' ? views.sort((a, b) => a.index - b.index) : views
  }

  /** @param nowMs clock of the page, for events that say when they happened only by arriving. */
  apply(event: StudioEvent, nowMs: number): void {
    switch (event.type) {
      case 'generationStarted':
        this.#generation = { ...this.#generation, state: 'running' }
        this.#startedAtMs = nowMs
        return
      case 'rowFinished':
        if (this.#generation.state === 'queued') this.#generation = { ...this.#generation, state: 'running' }
        this.#chunk = { first: event.first, count: event.count, rowsDone: event.row + 1, rows: event.rows }
        this.#preview(
          Array.from({ length: event.count }, (_, place) => event.first + place),
          event,
        )
        return
      case 'candidateFinished':
        this.#pictures = [...this.#pictures.filter((picture) => picture.index !== event.picture.index), event.picture]
        return
      case 'generationQueued':
      case 'generationEnded':
        this.#generation = event.generation
        return
      case 'engineRestarted':
      default:
        return
    }
  }

  /** What the studio says of the run when it is asked, which replaces what events said. */
  update(generation: GenerationSummary, pictures: readonly PictureSummary[]): void {
    this.#generation = generation
    this.#pictures = pictures
  }

  updateQueueEntry(entry: QueueEntry): void {
    this.#generation = entry.generation
    if (entry.rows === 0) return
    const finished = new Set(this.#pictures.map(({ index }) => index))
    const all = Array.from({ length: entry.generation.candidates }, (_, index) => index)
    const unfinished = all.filter((index) => !finished.has(index))
    this.#chunk = {
      first: unfinished[0] ?? 0,
      count: unfinished.length,
      rowsDone: entry.row,
      rows: entry.rows,
    }
    this.#preview(unfinished, { version: entry.previewVersion, withoutPreview: entry.withoutPreview })
  }

  #preview(
    candidates: readonly number[],
    { version, withoutPreview }: { readonly version: number; readonly withoutPreview?: readonly number[] },
  ): void {
    if (version === 0) return
    const unseen = new Set(withoutPreview)
    for (const index of candidates) if (!unseen.has(index)) this.#previews.set(index, version)
  }

  #keepView(view: CandidateView): CandidateView {
    const known = this.#views.get(view.index)
    const isSame =
      known?.picture === view.picture && known.previewVersion === view.previewVersion && known.rank === view.rank
    if (known !== undefined && isSame) return known
    this.#views.set(view.index, view)
    return view
  }

  #isInChunk(index: number): boolean {
    return index >= this.#chunk.first && index < this.#chunk.first + this.#chunk.count
  }
}

/** Stars of a picture, 0 for none. */
export type RatingOf = (id: PictureId) => number
const unrated: RatingOf = () => 0

/** Best first; between pictures of as many stars, the score decides. Without a CLIP score the model's own perplexity decides, as it does between equal scores. */
export function sortPictures(
  pictures: readonly PictureSummary[],
  order: CandidateOrder,
  ratingOf: RatingOf = unrated,
): PictureSummary[] {
  return [...pictures].sort((a, b) => {
    if (order === 'index') return a.index - b.index
    const byStars = order === 'rating' ? ratingOf(b.id) - ratingOf(a.id) : 0
    if (byStars !== 0) return byStars
    const byScore = order !== 'perplexity' ? (b.clipScore ?? -2) - (a.clipScore ?? -2) : 0
    return byScore || a.perplexity - b.perplexity || a.index - b.index
  })
}
