import { z } from 'zod'

import { maxPromptLength } from '#app/domain/generation.ts'
import { packIdPattern, uuidPattern, type GenerationId, type PackId, type PictureId } from '#app/domain/ids.ts'

/** Payloads of the calls whose input is not a domain object: every shell hands over what a stranger may have written. */
const generationId = z
  .string()
  .regex(uuidPattern)
  .transform((id) => id as GenerationId)
const pictureId = z
  .string()
  .regex(uuidPattern)
  .transform((id) => id as PictureId)
const packId = z
  .string()
  .regex(packIdPattern)
  .transform((id) => id as PackId)

export const generationPayload = z.strictObject({ generationId })
export const picturePayload = z.strictObject({ pictureId })
export const tokenizePayload = z.strictObject({ prompt: z.string().max(maxPromptLength), packId: packId.optional() })
export const pagePayload = z.strictObject({
  query: z.string().max(maxPromptLength).optional(),
  cursor: z.string().max(1000).nullish(),
  limit: z.number().int().min(1).max(500).optional(),
})
export const emptyPayload = z.strictObject({}).optional()
