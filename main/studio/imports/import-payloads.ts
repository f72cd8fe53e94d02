import { z } from 'zod'

import { maxUploadPart } from '#app/contract/import-calls.ts'
import type { ImportFileId, ImportId } from '#app/domain/checkpoint.ts'
import { packIdSchema as packId, uuidPattern } from '#app/domain/ids.ts'
import { storedPrecisions } from '#app/domain/pack.ts'

const importId = z
  .string()
  .regex(uuidPattern)
  .transform((id) => id as ImportId)
const fileId = z
  .string()
  .regex(uuidPattern)
  .transform((id) => id as ImportFileId)
const fileIds = z.array(fileId).min(1).max(64)
const bytes = z
  .number()
  .int()
  .min(0)
  .max(2 ** 40)

export const uploadPayload = z.strictObject({ name: z.string().min(1).max(200), bytes })
export const partPayload = z.strictObject({
  fileId,
  offset: bytes,
  base64: z.string().max(Math.ceil(maxUploadPart / 3) * 4),
})
export const importFilesPayload = z.strictObject({ fileIds })
export const importPayload = z.strictObject({ importId })
export const installPayload = z.strictObject({
  importId,
  acceptedLicence: z.string().min(1).max(200),
  name: z.string().trim().min(1).max(200).optional(),
  precision: z.enum(storedPrecisions).optional(),
})
export const packPayload = z.strictObject({ packId })
