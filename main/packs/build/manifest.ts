import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import { packManifestSchema, type PackManifest } from '#app/domain/pack.ts'
import { compactLayout } from '#app/kernels/compact-cache.ts'

import { float32Of } from '../onnx/tensor.ts'
import type { TensorMap } from '../safetensors/read.ts'
import { cacheKinds } from '../weights/cache-kinds.ts'
import type { ClipDescription } from '../weights/model-description.ts'
import type { ModelWeights } from '../weights/read-weights.ts'
import { WeightSet } from '../weights/weight-set.ts'

/** In a pack whose CLIP has a tokenizer of its own. */
export const clipTokenizerFile = 'clip-tokenizer.json'

/** What only the written files tell. */
export type BuiltFiles = Pick<PackManifest, 'files' | 'sessions'> & { readonly weightsBytes: number }

/** `pack.json` of a model. Throws `packInvalid` when the model's own description breaks the schema of packs. */
export function describePack(weights: ModelWeights, { files, sessions, weightsBytes }: BuiltFiles): PackManifest {
  const { model } = weights
  const { transformer, dvae } = model
  const result = packManifestSchema.safeParse({
    schemaVersion: 1,
    id: model.id,
    name: model.name,
    version: model.version,
    description: model.description,
    licence: model.licence,
    attribution: model.attribution,
    family: 'decoder-only',
    files,
    sessions,
    tokenizer: 'tokenizer.json',
    text: {
      length: transformer.textLength,
      vocabulary: transformer.textVocabulary,
      bos: transformer.bos,
      eos: transformer.eos,
      pad: 'per-position',
      // The paper lower-cases captions (§2.2), so that is what a description that says nothing means.
      lowercase: model.lowercase ?? true,
      normalizer: model.normalizer,
      bosCount: transformer.bosCount,
      isEosCut: transformer.isEosCut,
    },
    image: {
      rows: transformer.rows,
      columns: transformer.columns,
      // Left out rather than zero: the hash of a pack without a palette stays what it was.
      paletteRows: transformer.paletteRows === 0 ? undefined : transformer.paletteRows,
      paletteLevels: dvae.palette?.levels,
      vocabulary: transformer.imageVocabulary,
      firstId: transformer.textVocabulary + transformer.textLength,
    },
    picture: {
      width: dvae.pictureSize[0],
      height: dvae.pictureSize[1],
      encoderWidth: dvae.encoderSize[0],
      encoderHeight: dvae.encoderSize[1],
    },
    transformer: {
      layers: cacheKinds(transformer).length,
      width: transformer.width,
      heads: transformer.heads,
      headDim: transformer.headDim,
      attention: cacheKinds(transformer),
      attentionTextLength: transformer.attentionTextLength,
    },
    clip: model.clip && weights.clip && describeClip(model.clip, weights.clip, weights.clipTokenizer !== undefined),
    sampling: model.sampling,
    words: model.words,
    memory: { weightsBytes, cacheBytesPerRow: cacheBytes(transformer) },
  })
  if (result.success) return result.data
  throw new StudioError('packInvalid', `pack.json: ${z.prettifyError(result.error)}`)
}

/** `clip` of a manifest. @param hasTokenizer whether it has one of its own, in `clipTokenizerFile` */
export function describeClip(
  clip: ClipDescription,
  tensors: TensorMap,
  hasTokenizer: boolean,
): NonNullable<PackManifest['clip']> {
  const weights = new WeightSet(tensors, 'clip.safetensors')
  // PyTorch keeps a scalar; some writers of safetensors make it a vector of one.
  const isVector = tensors.get('logit_scale')?.dims.length === 1
  const [logScale = 0] = float32Of(weights.take('logit_scale', isVector ? [1] : []))
  return {
    imageSize: clip.imageSize,
    mean: clip.mean,
    std: clip.std,
    resample: clip.resample,
    projection: clip.projection,
    logitScale: Math.exp(logScale),
    text: {
      ...{ length: clip.textLength, bos: clip.bos, eos: clip.eos, pad: clip.pad },
      // Said only where the marks do not tell: packs that are built already keep their bytes.
      ...(Math.max(clip.bos, clip.eos) === clip.textVocabulary - 1 ? {} : { vocabulary: clip.textVocabulary }),
    },
    ...(hasTokenizer ? { tokenizer: clipTokenizerFile } : {}),
  }
}

/** Keys and values of a whole sequence in every layer as the engine keeps them, float32, for one row of the batch. */
function cacheBytes(transformer: ModelWeights['model']['transformer']): number {
  const { heads, headDim, textLength, rows, columns } = transformer
  const geometry = { textLength: transformer.attentionTextLength ?? textLength, rows, columns }
  const slots = cacheKinds(transformer).map(
    (kind) => compactLayout(kind, geometry)?.slots ?? textLength + rows * columns,
  )
  return 2 * slots.reduce((sum, count) => sum + count, 0) * heads * headDim * 4
}
