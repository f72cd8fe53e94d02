import { z } from 'zod'

import { keep, readKept, type Keeper } from './keeping.ts'

export const themes = ['system', 'dark', 'light'] as const
export const languages = ['system', 'en', 'zh'] as const
export const candidateOrders = ['clip', 'perplexity', 'rating', 'index'] as const
/** `fit` shows the whole run at once; the others are CSS pixels. */
export const tileSizes = ['fit', 96, 144, 192, 288, 384] as const

export type Theme = (typeof themes)[number]
export type Language = (typeof languages)[number]
export type CandidateOrder = (typeof candidateOrders)[number]
export type TileSize = (typeof tileSizes)[number]

const schema = z.object({
  theme: z.enum(themes),
  language: z.enum(languages),
  candidateOrder: z.enum(candidateOrders),
  tileSize: z.literal([...tileSizes]),
  libraryTileSize: z.number().int().min(96).max(288),
  isHistoryShown: z.boolean(),
  isInsightShown: z.boolean(),
})
type Values = z.infer<typeof schema>

/** Where they are kept. */
export const preferencesKey = 'easel.preferences'
const initial: Values = {
  theme: 'system',
  language: 'system',
  candidateOrder: 'clip',
  tileSize: 'fit',
  libraryTileSize: 144,
  isHistoryShown: true,
  isInsightShown: true,
}

/** How this person likes the studio to look; kept on this machine. */
export class Preferences {
  readonly #keeper: Keeper
  #values = $state.raw<Values>(initial)

  /** @param isRoomy whether the window is tall enough for charts below the candidates, until someone says otherwise */
  constructor(keeper: Keeper, isRoomy = true) {
    this.#keeper = keeper
    this.#values = { ...initial, isInsightShown: isRoomy }
    this.readAnew()
  }

  get theme(): Theme {
    return this.#values.theme
  }
  get language(): Language {
    return this.#values.language
  }
  get candidateOrder(): CandidateOrder {
    return this.#values.candidateOrder
  }
  get tileSize(): TileSize {
    return this.#values.tileSize
  }
  get libraryTileSize(): number {
    return this.#values.libraryTileSize
  }
  get isHistoryShown(): boolean {
    return this.#values.isHistoryShown
  }
  get isInsightShown(): boolean {
    return this.#values.isInsightShown
  }

  /** What was kept, by this window or another of the same studio. What was not stays as it is. */
  readAnew(): void {
    this.#values = { ...this.#values, ...readKept(this.#keeper, preferencesKey, schema.partial(), {}) }
  }

  set(changes: Partial<Values>): void {
    this.#values = { ...this.#values, ...changes }
    keep(this.#keeper, preferencesKey, this.#values)
  }
}
