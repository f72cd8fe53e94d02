import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import {
  generationRequestSchema,
  isVisible,
  maxCandidates,
  maxPromptLength,
  maxSeed,
  samplingSettingsSchema,
  type GenerationRequest,
  type GenerationSummary,
  type ImagePrompt,
  type SamplingSettings,
} from '#app/domain/generation.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'

import { keep, readKept, type Keeper } from './keeping.ts'
import type { Packs } from './packs.svelte.ts'
import { expandPrompts, maxExpandedPrompts } from './prompt-variables.ts'
import type { TokenMeter } from './token-meter.svelte.ts'

export type DraftSettings = SamplingSettings & { readonly candidates: number }

/** What a run was asked for; the receipt of a picture says it, too. */
export type Asked = Pick<GenerationSummary, 'prompt' | 'pack' | 'seed' | 'settings' | 'candidates' | 'imagePrompt'>

/** Settings under a name. */
export interface Preset {
  readonly name: string
  readonly settings: Partial<DraftSettings>
}

const settingsSchema = samplingSettingsSchema.extend({ candidates: z.number().int().min(1).max(maxCandidates) })
const fallbackSettings: DraftSettings = { temperature: 1, topK: 0, topP: 1, guidanceScale: 1, candidates: 16 }

const valuesSchema = z.object({
  prompt: z.string().max(maxPromptLength),
  packId: z.string().nullable(),
  /** What differs from the pack's own defaults. */
  changes: settingsSchema.partial(),
  seed: z.number().int().min(0).max(maxSeed).nullable(),
  presets: z.array(z.object({ name: z.string().max(80), settings: settingsSchema.partial() })).max(50),
})
type Values = z.infer<typeof valuesSchema>

const key = 'easel.draft'
const initial: Values = { prompt: '', packId: null, changes: {}, seed: null, presets: [] }

/** What is being asked for, before it is asked: prompt, pack, settings, seed, picture prompt. Kept on this machine. */
export class Draft {
  readonly #packs: Packs
  readonly #keeper: Keeper
  readonly meter: TokenMeter
  #values = $state.raw<Values>(initial)
  #imagePrompt = $state.raw<ImagePrompt | null>(null)

  readonly #settings = $derived.by((): DraftSettings => {
    return { ...fallbackSettings, ...this.pack?.sampling, ...this.#values.changes }
  })
  readonly #prompts = $derived(expandPrompts(this.#values.prompt))

  constructor(packs: Packs, meter: TokenMeter, keeper: Keeper) {
    this.#packs = packs
    this.#keeper = keeper
    this.meter = meter
    this.#values = readKept(keeper, key, valuesSchema, initial)
  }

  get prompt(): string {
    return this.#values.prompt
  }
  set prompt(prompt: string) {
    this.#change({ prompt })
    this.measure()
  }
  /** The prompts that the variables of the text stand for; one without variables. */
  get prompts(): readonly string[] {
    return this.#prompts
  }
  get pack(): PackSummary | undefined {
    return this.#packs.find(this.#values.packId as PackId | null) ?? this.#packs.default
  }
  set packId(packId: PackId) {
    this.#change({ packId })
    this.measure()
  }
  get settings(): DraftSettings {
    return this.#settings
  }
  /** True when any setting differs from the pack's defaults. */
  get isChanged(): boolean {
    return Object.keys(this.#values.changes).length > 0
  }
  /** Null = the studio draws a new one for every run. */
  get seed(): number | null {
    return this.#values.seed
  }
  set seed(seed: number | null) {
    this.#change({ seed: seed === null ? null : Math.min(maxSeed, Math.max(0, Math.trunc(seed))) })
  }
  get imagePrompt(): ImagePrompt | null {
    return this.#imagePrompt
  }
  set imagePrompt(imagePrompt: ImagePrompt | null) {
    this.#imagePrompt = imagePrompt
  }
  get presets(): readonly Preset[] {
    return this.#values.presets
  }
  get canGenerate(): boolean {
    // A choice may be empty: `{a cat|}` stands for a prompt without words, too.
    const isAsked = this.#prompts.every(isVisible)
    return this.pack !== undefined && isAsked && this.#prompts.length <= maxExpandedPrompts
  }

  /** A setting back at the pack's default is no longer a change, so a pack's later defaults still apply. */
  set(changes: Partial<DraftSettings>): void {
    const merged = { ...this.#values.changes, ...changes }
    const defaults: Partial<DraftSettings> = this.pack?.sampling ?? {}
    const kept = Object.entries(merged).filter(([name, value]) => defaults[name as keyof DraftSettings] !== value)
    this.#change({ changes: Object.fromEntries(kept) })
  }

  reset(): void {
    this.#change({ changes: {} })
  }

  rollSeed(random: () => number = Math.random): void {
    this.seed = Math.floor(random() * 2 ** 31)
  }

  /** Everything that made a run, so that generating again repeats it. */
  copyFrom(generation: Asked): void {
    this.#change({
      prompt: generation.prompt,
      packId: this.#packs.find(generation.pack.id)?.id ?? this.#values.packId,
      seed: generation.seed,
    })
    this.set({ ...generation.settings, candidates: generation.candidates })
    this.#imagePrompt = generation.imagePrompt
    this.measure()
  }

  savePreset(name: string): void {
    const others = this.#values.presets.filter((preset) => preset.name !== name)
    this.#change({ presets: [...others, { name, settings: this.#values.changes }] })
  }
  applyPreset(name: string): void {
    const preset = this.#values.presets.find((candidate) => candidate.name === name)
    if (preset !== undefined) this.#change({ changes: preset.settings })
  }
  deletePreset(name: string): void {
    this.#change({ presets: this.#values.presets.filter((preset) => preset.name !== name) })
  }

  /**
   * One request per prompt.
   * @throws StudioError invalidRequest, as when variables make a prompt too long
   */
  requests(): readonly GenerationRequest[] {
    const { candidates, ...settings } = this.#settings
    return this.#prompts.map((prompt) => {
      const result = generationRequestSchema.safeParse({
        prompt,
        packId: this.pack?.id,
        seed: this.#values.seed ?? undefined,
        candidates,
        settings,
        imagePrompt: this.#imagePrompt ?? undefined,
      })
      if (result.success) return result.data
      const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      throw new StudioError('invalidRequest', `${faults.join('; ')}.`)
    })
  }

  measure(): void {
    this.meter.measure(this.#prompts[0] ?? '', this.pack?.id)
  }

  #change(changes: Partial<Values>): void {
    this.#values = { ...this.#values, ...changes }
    keep(this.#keeper, key, this.#values)
  }
}
