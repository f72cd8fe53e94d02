import { z } from 'zod'

import { samplingSettingsSchema } from './generation.ts'
import { precisions } from './pack.ts'

/** One run whose tokens are known: the same pack, prompt, seed and settings must give them again. */
const goldenRunSchema = z.strictObject({
  precision: z.enum(precisions),
  prompt: z.string().min(1).max(4000),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  /** 0-based number of the candidate, part of the noise key. */
  candidate: z.number().int().min(0).max(511),
  settings: samplingSettingsSchema,
  /** Codes in raster order, `rows × columns`. */
  tokens: z.array(z.number().int().min(0).max(65535)).max(65536),
})
export type GoldenRun = Readonly<z.infer<typeof goldenRunSchema>>

/** `golden.json` of a pack, for a self-check after import and on a new device. */
export const goldenSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runs: z.array(goldenRunSchema).min(1).max(64),
})
export type Golden = Readonly<z.infer<typeof goldenSchema>>
