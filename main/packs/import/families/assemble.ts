import type { PackId } from '#app/domain/ids.ts'

import type { ModelDescription } from '../../weights/model-description.ts'
import type { ModelWeights } from '../../weights/read-weights.ts'
import type { SideFile } from '../readers/open-checkpoint.ts'
import { refuse } from '../readers/refusal.ts'

import { licenceOf } from './licences.ts'
import { families, type ClipPart, type MappedPart, type TransformerPart, type VaePart } from './mapped-part.ts'
import { makeClipTokenizer, makeTokenizer } from './tokenizer-json.ts'

/** The parts of one model. */
export interface ModelParts {
  readonly transformer: TransformerPart
  readonly vae: VaePart
  readonly clip?: ClipPart
}

/** @throws Refusal `family-mismatch` when there is no transformer, or no image tokenizer that fits it */
export function chooseParts(parts: readonly MappedPart[]): ModelParts {
  const transformers = parts.filter((part) => part.kind === 'transformer')
  const transformer = transformers[0]
  if (transformer === undefined || transformers.length > 1)
    return refuse(
      'family-mismatch',
      'checkpoint',
      transformer === undefined
        ? `there is no transformer among the files (found: ${parts.map(({ family }) => families[family]).join(', ') || 'nothing known'}); a picture tokenizer or CLIP alone cannot draw`
        : `${transformers.length} transformers at once; import one model at a time`,
    )
  const { imageVocabulary } = transformer.description
  const vaes = parts.filter((part) => part.kind === 'vae')
  const vae =
    vaes.find(({ codes, isBundled }) => isBundled && codes >= imageVocabulary) ??
    vaes.find(({ codes }) => codes >= imageVocabulary)
  if (vae === undefined)
    return refuse(
      'family-mismatch',
      'checkpoint',
      `give also the picture tokenizer with ${imageVocabulary} codes (dVAE or VQGAN) of ${families[transformer.family]}`,
    )
  return { transformer, vae, clip: parts.find((part) => part.kind === 'clip') }
}

/** The model in the weights format, its tensors still on disk. */
export function assembleWeights(
  { transformer, vae, clip }: ModelParts,
  sideFiles: readonly SideFile[],
  identity: { readonly id: PackId; readonly name: string },
): ModelWeights {
  const { description } = transformer
  const tokenizer = makeTokenizer(transformer.tokenizer, sideFiles)
  const licence = licenceOf(transformer.family)
  const model: ModelDescription = {
    id: identity.id,
    name: identity.name,
    version: '1.0.0',
    description: `Imported from a ${families[transformer.family]} checkpoint.`,
    licence: licence.name,
    attribution: [transformer, vae, clip].flatMap((part) =>
      part === undefined ? [] : [licenceOf(part.family).source],
    ),
    lowercase: transformer.tokenizer.isLowercase,
    normalizer: transformer.tokenizer.normalizer,
    transformer: description,
    dvae: sized(vae, description.rows, description.columns),
    clip: clip?.description,
    sampling: { ...transformer.sampling, topP: 1, candidates: 4 },
  }
  return {
    model,
    tokenizer: tokenizer.bytes,
    transformer: transformer.plan.toTensors(),
    dvae: vae.plan.toTensors(),
    clip: clip?.plan.toTensors(),
    clipTokenizer: clip && makeClipTokenizer(clip, sideFiles).bytes,
  }
}

/** A convolutional tokenizer is as large as the grid it is given. */
function sized(vae: VaePart, rows: number, columns: number): VaePart['description'] {
  const { description } = vae
  const scale = vae.rows === 0 ? 1 : 1 / vae.rows
  const size = ([width, height]: readonly [number, number]): [number, number] => [
    width * scale * columns,
    height * scale * rows,
  ]
  return { ...description, pictureSize: size(description.pictureSize), encoderSize: size(description.encoderSize) }
}
