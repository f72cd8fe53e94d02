import { z } from 'zod'

import { exportFormats, maxExportedPictures } from '#app/contract/browsing-calls.ts'
import { pictureOrders } from '#app/contract/library-calls.ts'
import { maxCandidates, maxPromptLength } from '#app/domain/generation.ts'
import {
  generationIdSchema as generationId,
  packIdSchema as packId,
  pictureIdSchema as pictureId,
} from '#app/domain/ids.ts'
import { keptSchema } from '#app/domain/kept.ts'
import {
  collectionIdSchema as collectionId,
  collectionNameSchema,
  labelNameSchema,
  pictureFilterSchema,
  ratingSchema,
  tagSchema,
} from '#app/domain/organising.ts'

/** Payloads of the calls whose input is not a domain object: every shell hands over what a stranger may have written. */
export const generationPayload = z.strictObject({ generationId })
export const picturePayload = z.strictObject({ pictureId })
export const tokenizePayload = z.strictObject({ prompt: z.string().max(maxPromptLength), packId: packId.optional() })
export const pagePayload = z.strictObject({
  query: z.string().max(maxPromptLength).optional(),
  cursor: z.string().max(1000).nullish(),
  limit: z.number().int().min(1).max(500).optional(),
})

const pictureIds = z.array(pictureId).min(1).max(10_000)
const tags = z.array(tagSchema).max(100).optional()
/** Answers of a search by likeness. */
const nearest = z.number().int().min(1).max(500).optional()

export const findPayload = z.strictObject({
  filter: pictureFilterSchema.optional(),
  order: z.enum(pictureOrders).optional(),
  cursor: z.string().max(1000).nullish(),
  offset: z.number().int().min(0).max(1_000_000_000).optional(),
  limit: z.number().int().min(1).max(500).optional(),
})
export const countPayload = z.strictObject({ filter: pictureFilterSchema.optional() })
export const timelinePayload = z.strictObject({
  filter: pictureFilterSchema.optional(),
  utcOffsetMinutes: z.number().int().min(-840).max(840).optional(),
})
export const meaningPayload = z.strictObject({
  text: z.string().trim().min(1, 'The words are empty.').max(maxPromptLength),
  limit: nearest,
})
export const similarPayload = z.strictObject({ pictureId, limit: nearest })
const minSimilarity = z.number().min(0.5).max(1).optional()
export const duplicatePayload = z.strictObject({ pictureId, minSimilarity })
export const duplicatesPayload = z.strictObject({
  minSimilarity,
  cursor: z.string().max(1000).nullish(),
  limit: z.number().int().min(1).max(1000).optional(),
})
export const labelPayload = z.strictObject({ name: labelNameSchema })
export const clipPackPayload = z.strictObject({ packId: packId.nullable() })
export const backupPayload = z.strictObject({ name: z.string().min(1).max(200) })
export const ratePayload = z.strictObject({ pictureIds, rating: ratingSchema })
export const tagPayload = z.strictObject({ pictureIds, add: tags, remove: tags })
export const picturesPayload = z.strictObject({ pictureIds })
export const newCollectionPayload = z.strictObject({ name: collectionNameSchema })
export const renameCollectionPayload = z.strictObject({ collectionId, name: collectionNameSchema })
export const collectionPayload = z.strictObject({ collectionId })
export const changeCollectionPayload = z.strictObject({
  collectionId,
  add: pictureIds.optional(),
  remove: pictureIds.optional(),
})
export const trashPayload = z.strictObject({ olderThanDays: z.number().min(0).max(36_500).optional() })
export const movePayload = z.strictObject({ generationId, place: z.number().int().min(0).max(1_000_000) })
export const continuePayload = z.strictObject({ generationId, more: z.number().int().min(1).max(maxCandidates) })
const exportId = z.string().min(1).max(64)
export const exportPayload = z.strictObject({
  pictureIds: z.array(pictureId).min(1).max(maxExportedPictures),
  format: z.enum(exportFormats),
  scale: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]).optional(),
  upscale: packId.optional(),
  hasReceipt: z.boolean(),
  folder: z.string().trim().min(1).max(200).optional(),
  exportId: exportId.optional(),
})
export const cancelExportPayload = z.strictObject({ exportId })
/** 30 MB. */
const base64 = z
  .string()
  .min(1)
  .max(40 * 2 ** 20)
export const receiptPayload = z.strictObject({ base64 })
export const importPayload = z.strictObject({
  name: z.string().trim().min(1, 'The name of the file is empty.').max(255),
  base64,
  packId: packId.optional(),
})
export const mirrorPayload = z.strictObject({ pictureId, horizontally: z.boolean(), vertically: z.boolean() })
export const keptPayload = keptSchema.partial()
