import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import { drawnOnSchema } from '#app/domain/drawn-on.ts'
import {
  imagePromptSchema,
  maxCandidates,
  maxPromptLength,
  maxSeed,
  samplingSettingsSchema,
  wellFormed,
} from '#app/domain/generation.ts'
import { origins } from '#app/domain/organising.ts'
import { packIdPattern, uuidPattern, type GenerationId, type PackId, type PictureId } from '#app/domain/ids.ts'

import { toBlob, toUint16 } from '../records/blobs.ts'
import { addTexts, readPngTexts } from './png-chunks.ts'
import { parseJson } from './safe-json.ts'

/** Keyword of the text that holds everything; the other texts are for other programs. */
export const metadataKeyword = 'Easel'

/** Longer texts of other programs are kept in the file itself, not repeated. */
export const maxOriginText = 64 * 1024

const gridSide = z.number().int().min(0).max(256)
const date = z.iso.datetime()

/** Everything that made a picture, as its own PNG carries it: a library can be rebuilt from its files alone. */
export const pictureMetadataSchema = z.object({
  schemaVersion: z.literal(1),
  software: z.string().max(200),
  origin: z.enum(origins).default('easel'),
  /** What another program had written into the file, word for word. */
  originText: z.string().max(maxOriginText).optional(),
  pictureId: z
    .string()
    .regex(uuidPattern)
    .transform((id) => id as PictureId),
  generationId: z
    .string()
    .regex(uuidPattern)
    .transform((id) => id as GenerationId),
  prompt: z.string().min(1).max(maxPromptLength).overwrite(wellFormed),
  seed: z.number().int().min(0).max(maxSeed),
  /** 0-based number of the candidate in its run. */
  index: z
    .number()
    .int()
    .min(0)
    .max(maxCandidates - 1),
  candidates: z.number().int().min(1).max(maxCandidates),
  settings: samplingSettingsSchema,
  imagePrompt: imagePromptSchema.nullable(),
  pack: z.object({
    id: z
      .string()
      .regex(packIdPattern)
      .transform((id) => id as PackId),
    version: z.string().min(1).max(100),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  rows: gridSide,
  columns: gridSide,
  /** `rows × columns` codes in raster order. In the file: base64 of 16-bit little-endian. */
  tokens: z
    .base64()
    .max(4 * 256 * 256)
    .transform((text) => toUint16(Buffer.from(text, 'base64'))),
  perplexity: z.number(),
  drawnOn: drawnOnSchema.optional(),
  clipScore: z.number().nullable(),
  /** When the job was made, and the picture. ISO 8601, UTC. */
  generationCreatedAt: date,
  createdAt: date,
})
export type PictureMetadata = Readonly<z.output<typeof pictureMetadataSchema>>

/**
 * The PNG with its metadata: all of it under `Easel`, and the parts that other programs know under their names. Throws
 * `invalidRequest` for what `parsePictureMetadata` would refuse: a picture that no rebuild could read must not be kept.
 */
export function addPictureMetadata(png: Uint8Array, metadata: PictureMetadata): Uint8Array {
  const tokens = Buffer.from(toBlob(metadata.tokens)).toString('base64')
  const text = JSON.stringify({ ...metadata, tokens })
  parsePictureMetadata(text)
  return addTexts(
    png,
    new Map([
      [metadataKeyword, text],
      ['Description', metadata.prompt.replaceAll('\0', '')],
      ['Software', metadata.software],
      ['Creation Time', metadata.createdAt],
    ]),
  )
}

/**
 * What Easel wrote into a PNG; undefined when the file carries nothing of Easel's. Every length is checked before it is
 * used. Throws `invalidRequest` naming the rule when the file or the text is malformed.
 */
export function readPictureMetadata(png: Uint8Array): PictureMetadata | undefined {
  const text = readPngTexts(png).texts.get(metadataKeyword)
  return text === undefined ? undefined : parsePictureMetadata(text)
}

export function parsePictureMetadata(text: string): PictureMetadata {
  const parsed = pictureMetadataSchema.safeParse(parseJson(text))
  if (!parsed.success) {
    throw new StudioError('invalidRequest', `The picture's metadata is not valid: ${z.prettifyError(parsed.error)}`)
  }
  const { tokens, rows, columns } = parsed.data
  if (tokens.length !== rows * columns) {
    const counts = `${tokens.length} tokens, the grid has ${rows} × ${columns} cells`
    throw new StudioError('invalidRequest', `The picture's metadata is not valid: ${counts}.`)
  }
  return parsed.data
}
