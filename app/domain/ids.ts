import { z } from 'zod'

/**
 * Opaque identifiers. Branded so that two ids of different things cannot be swapped silently.
 */
type Brand<T, Name extends string> = T & { readonly __brand: Name }

/** One run of a prompt: a job and all its settings. UUIDv7. */
export type GenerationId = Brand<string, 'GenerationId'>
/** One finished candidate; the same id names its row in the library and its picture. UUIDv7. */
export type PictureId = Brand<string, 'PictureId'>
/** `id` of a pack's `pack.json`. */
export type PackId = Brand<string, 'PackId'>

/** Ids are lower-case UUIDs; anything else never reaches the library or a file path. */
export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const packIdPattern = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** The one place where text from outside becomes an id. */
export const generationIdSchema = z
  .string()
  .regex(uuidPattern)
  .transform((id) => id as GenerationId)
export const pictureIdSchema = z
  .string()
  .regex(uuidPattern)
  .transform((id) => id as PictureId)
export const packIdSchema = z
  .string()
  .regex(packIdPattern)
  .transform((id) => id as PackId)
