import { z } from 'zod'

import { packIdSchema, type PackId } from './ids.ts'
import { count, packFields } from './pack.ts'

/** How many times as wide and high a picture becomes: those of `exportScales` past 1. */
export const upscalerScales = [2, 4, 8] as const
export type UpscalerScale = (typeof upscalerScales)[number]

/** One model of an upscaler: RGB bytes in, RGB bytes `scale` times as wide and high out. */
const upscalerModel = z.strictObject({
  scale: z.union(upscalerScales.map((scale) => z.literal(scale))),
  file: packFields.fileName,
  /** Pixels of the small picture around a pixel that what is drawn in its place depends on. */
  reach: count.max(1024),
  /** Memory for each pixel of what it enlarges at once, beside its weights. */
  bytesPerPixel: count,
})
export type UpscalerModel = Readonly<z.infer<typeof upscalerModel>>

/** `pack.json` of a pack that enlarges pictures and draws none. `kind` tells it from a pack that draws, which has no such key. */
export const upscalerManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('upscaler'),
  id: packIdSchema,
  name: packFields.name,
  version: packFields.version,
  description: packFields.description,
  licence: packFields.licence,
  attribution: packFields.attribution,
  files: packFields.files,
  models: z.array(upscalerModel).min(1).max(upscalerScales.length),
  memory: z.strictObject({ weightsBytes: z.number().int().min(0) }),
})
export type UpscalerManifest = Readonly<z.infer<typeof upscalerManifestSchema>>

/** An upscaler as lists show it. */
export interface UpscalerSummary {
  readonly id: PackId
  readonly name: string
  readonly version: string
  readonly description: string
  readonly licence: string
  readonly attribution: readonly string[]
  /** sha256 of `pack.json`. */
  readonly sha256: string
  readonly bytes: number
  readonly scales: readonly UpscalerScale[]
  /** Largest of its models, with the tile it works on. */
  readonly memoryBytes: number
  /** It came with Easel and cannot be removed. */
  readonly isShipped?: true
}

/** Pixels of the small picture that a model enlarges at once, on each side of a tile, what it only looks at among them. */
export const upscalerTile = 160
/** Of them at most this many on each edge are only looked at: what lies farther away hardly matters, and is there to be drawn anyway. */
export const maxUpscalerOverlap = 24
