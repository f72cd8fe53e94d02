import { z } from 'zod'

import { samplingSettingsSchema } from './generation.ts'
import { packIdSchema, type PackId } from './ids.ts'
import { packWordsSchema, type PackWords } from './pack-words.ts'

/** File names inside a pack are bare: no separators, so a manifest can never point outside its folder. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)
/** A size of a model: no published one comes near the bound. */
export const count = z
  .number()
  .int()
  .min(1)
  .max(2 ** 24)
export const tokenId = z
  .number()
  .int()
  .min(0)
  .max(2 ** 24)
const triple = z.tuple([z.number(), z.number(), z.number()])

/** What the files of a transformer come in. */
export const storedPrecisions = ['fp32', 'int8'] as const
export type StoredPrecision = (typeof storedPrecisions)[number]

/** `int8-cache`: the int8 transformer with keys and values of 8 bits too. The engine makes it of the int8 file at a load. */
export const precisions = [...storedPrecisions, 'int8-cache'] as const
export type Precision = (typeof precisions)[number]

/** Which file a precision is made of. */
export function storedPrecision(precision: Precision): StoredPrecision {
  return precision === 'int8-cache' ? 'int8' : precision
}

/**
 * The paper's four, and those of published models that differ from them: `convolution-wrapped` (ruDALL-E v2) and `convolution-clipped`
 * (v3) treat the edges of the grid in their own ways; `axial-row` (DALLE-pytorch) sees its own row only; `quadrant` sees 5×5 cells up and
 * left, `window` the earlier half of the 5×5 around it.
 */
export const attentionKinds = [
  'dense',
  'row',
  'column',
  'convolution',
  'convolution-wrapped',
  'convolution-clipped',
  'axial-row',
  'quadrant',
  'window',
] as const
export type AttentionKind = (typeof attentionKinds)[number]

/** Where a model past ONNX's 2 GiB keeps its large weights: a file of the pack beside it. */
export function weightsFileOf(modelFile: string): string {
  return `${modelFile}.data`
}

export const sessionNames = ['transformer', 'vaeEncoder', 'vaeDecoder', 'clipText', 'clipImage'] as const
export type SessionName = (typeof sessionNames)[number]

/** `precision → file`. Of the transformer at least one is there; fp32 is the reference, and missing where it passes ONNX's 2 GiB. */
const transformerSession = z
  .strictObject({ fp32: fileName.optional(), int8: fileName.optional() })
  .refine(({ fp32, int8 }) => fp32 !== undefined || int8 !== undefined, 'needs fp32 or int8')
/** `precision → file`; fp32 is the reference and always there. */
const session = z.strictObject({ fp32: fileName, int8: fileName.optional() })

/** What packs of every kind say about themselves. */
export const packFields = {
  fileName,
  name: z.string().min(1).max(200),
  /** Bounded as in the metadata of pictures, which names the pack (main/library/png). */
  version: z
    .string()
    .max(100)
    .regex(/^\d+\.\d+\.\d+([-+][0-9A-Za-z.-]+)?$/),
  description: z.string().max(4000).default(''),
  licence: z.string().min(1).max(200),
  attribution: z.array(z.string().max(2000)).max(1000),
  files: z.record(
    fileName,
    z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.number().int().min(0) }),
  ),
}

/**
 * `pack.json`: what a pack is and everything needed to run it (docs/architecture.md, "Packs").
 * The order of a text sequence is `bos`, BPE ids, optional `eos`, pads; `pad: "per-position"` is the paper's
 * learned embedding for each text position (§2.2): id `vocabulary + position`.
 */
export const packManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: packIdSchema,
  name: packFields.name,
  version: packFields.version,
  description: packFields.description,
  licence: packFields.licence,
  attribution: packFields.attribution,
  family: z.enum(['decoder-only']),
  files: packFields.files,
  sessions: z.strictObject({
    transformer: transformerSession,
    vaeDecoder: session,
    vaeEncoder: session.optional(),
    clipText: session.optional(),
    clipImage: session.optional(),
  }),
  tokenizer: fileName,
  golden: fileName.optional(),
  /** Ranges of keys and values (./cache-ranges.ts); with it the int8 transformer can keep its cache in 8 bits. */
  cacheRanges: fileName.optional(),
  text: z.strictObject({
    length: count.max(4096),
    vocabulary: count,
    bos: tokenId.nullable(),
    eos: tokenId.nullable(),
    pad: z.union([z.literal('per-position'), tokenId]),
    lowercase: z.boolean(),
    /** `dalle-mini`: captions as that model saw them (app/kernels/dalle-mini-text.ts). Absent = as typed. */
    normalizer: z.enum(['dalle-mini']).optional(),
    /** How often `bos` stands at the beginning; absent = once. ruDALL-E v2 writes it twice. */
    bosCount: z.literal(2).optional(),
    /** True: a caption that is too long loses its `eos`, as some models saw in training; else the caption is cut before it. */
    isEosCut: z.boolean().optional(),
  }),
  image: z.strictObject({
    /** Rows of image tokens, the palette's among them. */
    rows: count.max(256),
    columns: count.max(256),
    /**
     * Of `rows`, those at the top that carry the picture's colours instead of places (docs/weights-format.md, "Palette"); absent = none.
     * The places are the `rows − paletteRows` rows below them.
     */
    paletteRows: count.max(255).optional(),
    /** Levels of a palette token; three in a row are red, green and blue of a colour, each `(code mod levels) / (levels − 1)`. */
    paletteLevels: count.min(2).max(4096).optional(),
    vocabulary: count.max(65536),
    /** Image code `c` enters the transformer as id `firstId + c`. */
    firstId: tokenId,
  }),
  picture: z.strictObject({
    width: count.max(8192),
    height: count.max(8192),
    encoderWidth: count.max(8192),
    encoderHeight: count.max(8192),
  }),
  transformer: z.strictObject({
    layers: count.max(256),
    width: count,
    heads: count.max(512),
    headDim: count.max(1024),
    attention: z.array(z.enum(attentionKinds)).max(256),
    /** Text positions as the sparse layouts count them; absent = `text.length`. ruDALL-E v2's are one short. */
    attentionTextLength: count.max(4096).optional(),
  }),
  clip: z
    .strictObject({
      imageSize: count.max(2048),
      mean: triple,
      std: triple,
      resample: z.enum(['area', 'bicubic']),
      projection: count.max(65536),
      logitScale: z.number(),
      text: z.strictObject({
        length: count.max(4096),
        bos: tokenId,
        eos: tokenId,
        pad: tokenId,
        /** Ids its text encoder knows; absent = its marks are the last ones. */
        vocabulary: count.optional(),
      }),
      /** CLIP's own tokenizer, of lower-cased text; absent = the pack's. */
      tokenizer: fileName.optional(),
    })
    .optional(),
  sampling: samplingSettingsSchema.extend({ candidates: z.number().int().min(1).max(512) }),
  /** Absent where a pack knows more words than a list could say. */
  words: packWordsSchema.optional(),
  memory: z.strictObject({ weightsBytes: z.number().int().min(0), cacheBytesPerRow: z.number().int().min(0) }),
})
export type PackManifest = Readonly<z.infer<typeof packManifestSchema>>

/** What a pack can be drawn with. */
export function precisionsOf({ sessions, cacheRanges }: Pick<PackManifest, 'sessions' | 'cacheRanges'>): Precision[] {
  return precisions.filter(
    (precision) =>
      sessions.transformer[storedPrecision(precision)] !== undefined &&
      (precision !== 'int8-cache' || cacheRanges !== undefined),
  )
}

/** A pack as lists show it. */
export interface PackSummary {
  readonly id: PackId
  readonly name: string
  readonly version: string
  readonly description: string
  readonly licence: string
  readonly attribution: readonly string[]
  /** sha256 of `pack.json`. */
  readonly sha256: string
  readonly bytes: number
  readonly precisions: readonly Precision[]
  /** Rows of image tokens, the palette's among them. */
  readonly rows: number
  readonly columns: number
  /** Of `rows`, those at the top that carry colours instead of places; 0 = the pack has no palette. */
  readonly paletteRows: number
  /** Of a palette token; 0 = the pack has no palette. */
  readonly paletteLevels: number
  readonly imageVocabulary: number
  readonly textLength: number
  readonly pictureWidth: number
  readonly pictureHeight: number
  readonly canRank: boolean
  readonly canEncode: boolean
  readonly sampling: PackManifest['sampling']
  /** What it was taught to draw, if it says so. */
  readonly words?: PackWords
  readonly memory: PackManifest['memory']
  /** It came with Easel and cannot be removed. */
  readonly isShipped?: true
}
