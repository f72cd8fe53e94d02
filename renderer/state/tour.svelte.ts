import { z } from 'zod'

import { keep, readKept, type Keeper } from './keeping.ts'

export const tourSteps = ['prompt', 'draw', 'rank'] as const
export type TourStep = (typeof tourSteps)[number]

const key = 'easel.tour'
const schema = z.object({ isDone: z.boolean() })

/** What a newcomer has done so far, as the rest of the page knows it. */
export interface TourProgress {
  readonly hasPrompt: boolean
  /** A run is on the easel that was started during the tour. */
  readonly hasRun: boolean
  readonly hasPictures: boolean
}

/** The way from nothing to a first picture. It follows what is done and never stands in the way of it. */
export class Tour {
  readonly #keeper: Keeper
  #isOpen = $state(false)
  #isPromptPassed = $state(false)
  readonly #progress: () => TourProgress

  readonly #step = $derived.by((): TourStep => {
    const { hasRun, hasPictures } = this.#progress()
    if (hasRun) return hasPictures ? 'rank' : 'draw'
    return this.#isPromptPassed ? 'draw' : 'prompt'
  })

  constructor(keeper: Keeper, progress: () => TourProgress) {
    this.#keeper = keeper
    this.#progress = progress
  }

  get isOpen(): boolean {
    return this.#isOpen
  }
  get step(): TourStep {
    return this.#step
  }

  /** To people who have not seen it and have no pictures yet. */
  offer(pictureCount: number): void {
    const { isDone } = readKept(this.#keeper, key, schema, { isDone: false })
    if (!isDone && pictureCount === 0) this.start()
  }

  start(): void {
    this.#isPromptPassed = false
    this.#isOpen = true
  }

  /** The prompt is as it shall be. */
  passPrompt(): void {
    this.#isPromptPassed = true
  }

  end(): void {
    this.#isOpen = false
    keep(this.#keeper, key, { isDone: true })
  }
}
