import type { ClipDescription } from '../../weights/model-description.ts'
import { refuse } from '../readers/refusal.ts'

import type { ClipConfig } from './clip-config.ts'
import type { FamilyId, MappedPart } from './mapped-part.ts'
import type { WeightPlan } from './weight-plan.ts'

/** Of all published CLIP models with a vision transformer. */
const preprocessing = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
  resample: 'bicubic',
} as const
const headDim = 64

/** Marks of ruCLIP's YouTokenToMe model. */
const ruclipMarks = { bos: 2, eos: 3 } as const

/** Of the tensors that give sizes. */
export interface Names {
  readonly patches: string
  readonly places: string
  readonly words: string
  readonly textPlaces: string
  readonly textLayers: readonly [string, string]
  readonly visionLayers: readonly [string, string]
}

/** A CLIP whose weights are planned: shapes give its sizes, `config` what they do not tell. */
export function clipPart(
  plan: WeightPlan,
  family: FamilyId,
  reason: string,
  names: Names,
  [projection, axis]: readonly [string, number],
  config: ClipConfig | undefined,
): MappedPart {
  const { table } = plan
  const textWidth = table.size(names.words, 1)
  const visionWidth = table.size(names.patches, 0)
  const patchSize = table.size(names.patches, 2)
  const imageSize = Math.round(Math.sqrt(table.size(names.places, 0) - 1)) * patchSize
  if (config?.imageSize !== undefined && config.imageSize !== imageSize)
    refuse(
      'family-mismatch',
      'CLIP',
      `pictures are prepared at ${config.imageSize} pixels, its positions are for ${imageSize}`,
    )
  const textVocabulary = table.size(names.words, 0)
  const description: ClipDescription = {
    ...preprocessing,
    mean: tripleOf(config?.mean ?? preprocessing.mean),
    std: tripleOf(config?.std ?? preprocessing.std),
    imageSize,
    patchSize,
    textLength: table.size(names.textPlaces, 0),
    textVocabulary,
    ...(family === 'ruclip' ? ruclipMarks : { bos: textVocabulary - 2, eos: textVocabulary - 1 }),
    pad: 0,
    textWidth,
    textLayers: table.count(...names.textLayers),
    textHeads: headsOf(config?.textHeads, textWidth),
    visionWidth,
    visionLayers: table.count(...names.visionLayers),
    visionHeads: headsOf(config?.visionHeads, visionWidth),
    projection: table.size(projection, axis),
    activation: activationOf(config),
  }
  const tokenizer = family === 'ruclip' ? 'youtokentome' : 'clip-bpe'
  return { kind: 'clip', family, reason, plan, description, tokenizer }
}

/** Published models have heads of 64 channels; another number has to be said. */
function headsOf(said: number | undefined, width: number): number {
  const heads = said ?? width / headDim
  if (Number.isInteger(heads) && width % heads === 0) return heads
  const problem =
    said === undefined ? `and its heads are not known; give also its config.json` : `not divisible by ${said} heads`
  return refuse('family-mismatch', 'CLIP', `a tower is ${width} wide, ${problem}`)
}

/** OpenAI's is `quick_gelu`; models trained by others say so when theirs is another. */
function activationOf(config: ClipConfig | undefined): ClipDescription['activation'] {
  const name = config?.activation ?? 'quick_gelu'
  if (name === 'quick_gelu' || name === 'gelu') return name
  return refuse('family-mismatch', 'CLIP', `its activation is ${name}; quick_gelu and gelu are supported`)
}

function tripleOf([red = 0, green = 0, blue = 0]: readonly number[]): [number, number, number] {
  return [red, green, blue]
}
