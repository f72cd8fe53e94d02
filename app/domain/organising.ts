import { z } from 'zod'

import { generationIdSchema, packIdSchema, uuidPattern, type PackId } from './ids.ts'
import type { PictureSummary } from './picture.ts'

/** A named set of pictures that a person made. UUIDv7. */
export type CollectionId = string & { readonly __brand: 'CollectionId' }
export const collectionIdSchema = z
  .string()
  .regex(uuidPattern)
  .transform((id) => id as CollectionId)

export const maxTagLength = 100
/** Without control characters: SQLite compares only as far as a NUL, so that two tags would be one. */
export const tagSchema = z
  .string()
  .trim()
  .min(1, 'A tag is empty.')
  .max(maxTagLength)
  .regex(/^\P{Cc}*$/u, 'A tag must not hold control characters.')
export const collectionNameSchema = z.string().trim().min(1, 'The name of the collection is empty.').max(200)
export const ratingSchema = z.number().int().min(0).max(5)
/** Where a picture came from: drawn here, or read from the files of another program. */
export const origins = ['easel', 'automatic1111', 'invokeai', 'comfyui', 'file'] as const
export type Origin = (typeof origins)[number]

/** Which pictures to show; every condition that is given must hold. */
export const pictureFilterSchema = z.strictObject({
  /** Words of the prompt or the tags, as typed. */
  query: z.string().max(20_000).optional(),
  minRating: ratingSchema.optional(),
  /** All of them. */
  tags: z.array(tagSchema).max(20).optional(),
  collectionId: collectionIdSchema.optional(),
  packId: packIdSchema.optional(),
  /** ISO 8601; from that moment on. */
  createdFrom: z.iso.datetime({ offset: true }).optional(),
  /** ISO 8601; before that moment. */
  createdBefore: z.iso.datetime({ offset: true }).optional(),
  minClipScore: z.number().min(-1).max(1).optional(),
  /** Drawn from a picture given beside the words. */
  hasImagePrompt: z.boolean().optional(),
  origin: z.enum(origins).optional(),
  seed: z.number().int().min(0).optional(),
  /** The pictures of one run. */
  generationId: generationIdSchema.optional(),
  /** true = of every run only its best picture, by score: runs as stacks. */
  isBestOfRun: z.boolean().optional(),
  /** A zero-shot label that scored at least that. */
  label: z.strictObject({ name: z.string().max(200), minScore: z.number().min(-1).max(1) }).optional(),
  /** true = the trash instead of the library. */
  isDeleted: z.boolean().optional(),
})
export type PictureFilter = Readonly<z.infer<typeof pictureFilterSchema>>

/** A picture with what a person has said about it. */
export interface FoundPicture extends PictureSummary {
  /** 0 = none, 1–5 stars. */
  readonly rating: number
  /** In alphabetical order. */
  readonly tags: readonly string[]
  /** Pictures of its run outside the trash; only where runs are shown as stacks. */
  readonly runPictures?: number
}

export interface CollectionSummary {
  readonly id: CollectionId
  readonly name: string
  readonly pictures: number
  readonly createdAt: string
}

export interface SimilarPicture extends FoundPicture {
  /** Cosine of the angle between the two CLIP embeddings, −1 to 1. */
  readonly similarity: number
}

/** The words are the name: "a photo of a dog". */
export const labelNameSchema = z.string().trim().min(1, 'The words of the label are empty.').max(200)

/** A zero-shot label: words that pictures are compared with, under one CLIP pack. */
export interface LabelSummary {
  readonly name: string
  readonly packId: PackId
  readonly version: string
  readonly sha256: string
  /** Pictures that have their score, and those that the background has still to compare. */
  readonly scored: number
  readonly waiting: number
}

/** A CLIP score and the pack that made it. */
export interface PackScore {
  readonly packId: PackId
  readonly version: string
  readonly sha256: string
  readonly score: number
  /** The one that lists show. */
  readonly isShown: boolean
}

/** How well a label's words fit a picture, under the CLIP pack named. */
export interface LabelScore {
  readonly name: string
  readonly score: number
  readonly packId: PackId
}
