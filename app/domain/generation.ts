import { z } from 'zod'

import { packIdSchema, pictureIdSchema, type GenerationId, type PackId, type PictureId } from './ids.ts'

/** Largest seed: an integer that a JavaScript number, JSON and SQLite all hold exactly. */
export const maxSeed = Number.MAX_SAFE_INTEGER
export const maxCandidates = 512
export const maxPromptLength = 4000

/** What sampling depends on, besides the seed. Every bound is also the text of the error the user sees. */
export const samplingSettingsSchema = z.strictObject({
  /** Logits are divided by it; 0 = always the likeliest code (argmax). */
  temperature: z.number().min(0).max(5),
  /** Keep only the k likeliest codes; 0 = all. */
  topK: z.number().int().min(0).max(65536),
  /** Keep the smallest set of codes with this total probability; 1 = all. */
  topP: z.number().gt(0).max(1),
  /** `u + s·(c − u)` of conditional and unconditional logits; 1 = no guidance. */
  guidanceScale: z.number().min(0).max(50),
})
export type SamplingSettings = Readonly<z.infer<typeof samplingSettingsSchema>>

/**
 * A picture given beside the words (paper §3.3): its tokens are kept where the region says so, the rest is drawn.
 * `rows`: the top rows are kept. `mask`: one flag per grid cell in raster order, true = kept. Both count places of the picture, not the
 * palette's tokens.
 */
export const imagePromptSchema = z.strictObject({
  pictureId: pictureIdSchema,
  keep: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('rows'), rows: z.number().int().min(0).max(256) }),
    z.strictObject({ kind: z.literal('mask'), cells: z.array(z.boolean()).max(65536) }),
  ]),
  /** Whether the tokens of the palette are kept; absent = yes. Means nothing to a pack without a palette. */
  isPaletteKept: z.boolean().optional(),
  /**
   * Where something kept follows a hole: attempts at the hole that each candidate weighs by how likely they make what follows, so that it joins. Each costs
   * as much as a candidate. Absent = 1 in what is stored; in a request the studio then decides.
   */
  attempts: z.number().int().min(1).max(16).optional(),
})
export type ImagePrompt = Readonly<z.infer<typeof imagePromptSchema>>

/** Letters, digits or signs: a text of spaces and characters that nobody can see says nothing. */
const visible = /[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u
export const isVisible = (text: string): boolean => visible.test(text)

/** Half a surrogate pair becomes U+FFFD, as it would on its way through UTF-8: into the database, a file, the engine. */
export const wellFormed = (text: string): string => text.toWellFormed()

/** What a person asks for. What is left out comes from the pack's sampling defaults; a missing seed is drawn at random. */
export const generationRequestSchema = z.strictObject({
  prompt: z
    .string()
    .overwrite(wellFormed)
    .trim()
    .min(1, { error: 'The prompt is empty.', abort: true })
    .max(maxPromptLength)
    .refine(isVisible, 'The prompt is empty.'),
  packId: packIdSchema.optional(),
  seed: z.number().int().min(0).max(maxSeed).optional(),
  candidates: z.number().int().min(1).max(maxCandidates).optional(),
  settings: samplingSettingsSchema.partial().optional(),
  imagePrompt: imagePromptSchema.optional(),
})
export type GenerationRequest = z.input<typeof generationRequestSchema>
export type ValidGenerationRequest = z.output<typeof generationRequestSchema>

export const generationStates = ['queued', 'running', 'finished', 'cancelled', 'failed'] as const
export type GenerationState = (typeof generationStates)[number]

/** Wall-clock seconds of each stage of a run. */
export interface StageSeconds {
  readonly load: number
  readonly prefill: number
  readonly decode: number
  readonly pixels: number
  readonly rank: number
}

/** The pack that made something, by content: `sha256` is of its `pack.json`, which holds the hashes of all its files. */
export interface PackReference {
  readonly id: PackId
  readonly version: string
  readonly sha256: string
}

/** A job as prompt history shows it. */
export interface GenerationSummary {
  readonly id: GenerationId
  readonly prompt: string
  readonly seed: number
  readonly candidates: number
  readonly settings: SamplingSettings
  readonly pack: PackReference
  readonly imagePrompt: ImagePrompt | null
  readonly state: GenerationState
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly finishedAt: string | null
  readonly seconds: StageSeconds | null
  /** Filled when `state` is `failed`. */
  readonly error: { readonly code: string; readonly message: string } | null
  /** Finished candidates so far, best CLIP score first, at most 8. */
  readonly best: readonly PictureId[]
  readonly finishedCandidates: number
}
