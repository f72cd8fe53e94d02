import { z } from 'zod'

import { samplingSettingsSchema } from '#app/domain/generation.ts'
import { packIdPattern } from '#app/domain/ids.ts'
import { packWordsSchema } from '#app/domain/pack-words.ts'
import { attentionKinds, count, tokenId } from '#app/domain/pack.ts'

const size = z.tuple([count.max(8192), count.max(8192)])
const scales = z.array(z.number().int().min(1).max(8)).min(1).max(16)
const triple = z.tuple([z.number(), z.number(), z.number()])

const transformerSchema = z.strictObject({
  width: count.max(65536),
  layers: count.max(256),
  heads: count.max(512),
  headDim: count.max(1024),
  mlpWidth: count,
  activation: z.enum(['relu2', 'gelu', 'gelu_tanh', 'quick_gelu', 'geglu']),
  norm: z.enum(['layernorm', 'rmsnorm']),
  normEps: z.number().gt(0).max(1),
  qkNorm: z.boolean(),
  textLength: count.max(4096),
  textVocabulary: count,
  bos: tokenId.nullable(),
  eos: tokenId.nullable(),
  rows: count.max(256),
  columns: count.max(256),
  /** Of `rows`, those at the top that hold colours instead of places. */
  paletteRows: z.number().int().min(0).max(255).optional(),
  imageVocabulary: count.max(65536),
  attention: z.array(z.enum(attentionKinds)).max(256),
  /** `bart`: an encoder for the text and a decoder that attends to it (DALL·E Mini and Mega). Absent = one decoder for both. */
  architecture: z.enum(['decoder', 'bart']).optional(),
  /** Two streams that take turns, as RevNets have them; their mean goes to the head. */
  isReversible: z.boolean().optional(),
  /** Before each branch some channels are those of earlier positions (`shift_tokens` of DALLE-pytorch). */
  isTokenShifted: z.boolean().optional(),
  /** The last states are divided by their largest channel before the final norm (`stable` of DALLE-pytorch). */
  isDividedByMax: z.boolean().optional(),
  /** See `text` and `transformer` of a pack manifest. */
  bosCount: z.literal(2).optional(),
  isEosCut: z.boolean().optional(),
  attentionTextLength: count.max(4096).optional(),
})
export type TransformerDescription = Readonly<z.infer<typeof transformerSchema>>

const dvaeSchema = z.strictObject({
  /** Width and height of a decoded picture. */
  pictureSize: size,
  /** Width and height the encoder reads. */
  encoderSize: size,
  pixels: z.enum(['unit', 'logit-laplace']),
  gain: z.number(),
  encoder: z.strictObject({ inputStride: count.max(8), downsample: scales }).optional(),
  /** `shuffle`: side of the block of pixels that each output of the last convolution becomes; absent = 1. */
  decoder: z.strictObject({ upsample: scales, shuffle: count.max(8).optional() }),
  /** Tokens ahead of the grid that carry colours; null = none. */
  palette: z.strictObject({ positions: count.max(4096), levels: count.min(2).max(4096) }).nullish(),
  /** A VQGAN (convolutions, group norms, attention) instead of residual blocks; then only the sizes above are used. */
  vqgan: z
    .strictObject({
      normEps: z.number().gt(0).max(1),
      /** Range of the decoder's output: [0, 1] or [−1, 1]. The encoder always reads [−1, 1]. */
      output: z.enum(['unit', 'signed']),
      hasEncoder: z.boolean(),
    })
    .optional(),
  /** DALLE-pytorch's DiscreteVAE (strided and transposed convolutions) instead; then only the sizes above are used. */
  isDiscreteVae: z.boolean().optional(),
})
export type DvaeDescription = Readonly<z.infer<typeof dvaeSchema>>
export type PaletteDescription = NonNullable<DvaeDescription['palette']>

const clipSchema = z.strictObject({
  imageSize: count.max(2048),
  patchSize: count.max(256),
  mean: triple,
  std: triple,
  resample: z.enum(['area', 'bicubic']),
  textLength: count.max(4096),
  textVocabulary: count,
  bos: tokenId,
  eos: tokenId,
  pad: tokenId,
  textWidth: count.max(65536),
  textLayers: count.max(256),
  textHeads: count.max(512),
  visionWidth: count.max(65536),
  visionLayers: count.max(256),
  visionHeads: count.max(512),
  projection: count.max(65536),
  activation: z.enum(['quick_gelu', 'gelu']),
})
export type ClipDescription = Readonly<z.infer<typeof clipSchema>>

/** `model.json` of a weights folder: docs/weights-format.md. */
export const modelDescriptionSchema = z
  .strictObject({
    id: z.string().regex(packIdPattern),
    name: z.string().min(1).max(200),
    version: z.string(),
    description: z.string().max(4000).optional(),
    licence: z.string().min(1).max(200),
    attribution: z.array(z.string().max(2000)).max(1000),
    /** Whether the training captions were lower-cased. */
    lowercase: z.boolean().optional(),
    /** See `text` of a pack manifest. */
    normalizer: z.enum(['dalle-mini']).optional(),
    transformer: transformerSchema,
    dvae: dvaeSchema,
    clip: clipSchema.optional(),
    sampling: samplingSettingsSchema.extend({ candidates: z.number().int().min(1).max(512) }),
    words: packWordsSchema.optional(),
  })
  .superRefine(({ transformer, dvae }, context) => {
    const problem = paletteProblem(transformer, dvae)
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['dvae', 'palette'], message: problem })
  })
export type ModelDescription = Readonly<z.infer<typeof modelDescriptionSchema>>

/** The two halves of a model must mean the same tokens by the palette. */
function paletteProblem(
  { paletteRows = 0, rows, columns, imageVocabulary }: TransformerDescription,
  { palette }: DvaeDescription,
): string | undefined {
  const { positions, levels } = palette ?? { positions: 0, levels: 1 }
  if (positions !== paletteRows * columns) {
    return `${positions} positions; transformer.paletteRows × columns = ${paletteRows * columns} are needed`
  }
  if (paletteRows >= rows) return `${paletteRows} palette rows leave no place in ${rows} rows`
  if (positions * levels > imageVocabulary)
    return `${positions} × ${levels} ids pass the vocabulary, ${imageVocabulary}`
  return undefined
}
