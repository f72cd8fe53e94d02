import { StudioError } from '#app/contract/errors.ts'

import { parseStrictJson } from '../../strict-json.ts'
import type { SideFile } from '../readers/open-checkpoint.ts'
import { Refusal } from '../readers/refusal.ts'

/** What tensors of a CLIP do not tell, as its `config.json` says it. */
export interface ClipConfig {
  /** ruCLIP's own configuration, which is flat; Hugging Face's has a part for text and one for pictures. */
  readonly kind: 'ruclip' | 'huggingface'
  readonly textHeads?: number
  readonly visionHeads?: number
  readonly activation?: string
  readonly mean?: readonly number[]
  readonly std?: readonly number[]
  /** Side of the pictures it is given. */
  readonly imageSize?: number
}

type Json = Readonly<Record<string, unknown>>

/**
 * The configuration of a CLIP among the side files: `config.json`, and what a `preprocessor_config.json` beside it says of pictures.
 * @throws Refusal `tokenizer-file` for JSON that does not hold together
 */
export function findClipConfig(sideFiles: readonly SideFile[]): ClipConfig | undefined {
  const files = sideFiles.filter(({ kind }) => kind === 'json').map(readObject)
  const config = files.map(readConfig).find((found) => found !== undefined)
  const pictures = files.map(readPreprocessing).find((found) => found !== undefined)
  if (config?.kind === 'ruclip' || pictures === undefined) return config
  return { kind: 'huggingface', ...pictures, ...config }
}

function readObject({ name, bytes }: SideFile): Json {
  try {
    const json: unknown = parseStrictJson(bytes, { subject: name, maxDepth: 16 })
    return isObject(json) ? json : {}
  } catch (error) {
    if (error instanceof StudioError) throw new Refusal('tokenizer-file', name, error.message, { cause: error })
    throw error
  }
}

/** `preprocessor_config.json` of Hugging Face. */
function readPreprocessing(json: Json): Partial<ClipConfig> | undefined {
  const [mean, std] = [tripleOf(json['image_mean']), tripleOf(json['image_std'])]
  if (mean === undefined || std === undefined) return undefined
  const crop = json['crop_size']
  const imageSize = numberOf(isObject(crop) ? crop['height'] : crop)
  return { mean, std, ...defined({ imageSize }) }
}

function readConfig(json: Json): ClipConfig | undefined {
  const { text_config: text, vision_config: vision } = json
  if (isObject(text) && isObject(vision))
    return {
      kind: 'huggingface',
      ...defined({
        textHeads: numberOf(text['num_attention_heads']),
        visionHeads: numberOf(vision['num_attention_heads']),
        activation: typeof text['hidden_act'] === 'string' ? text['hidden_act'] : undefined,
      }),
    }
  if (!('transformer_heads' in json) || !('context_length' in json)) return undefined
  return {
    kind: 'ruclip',
    ...defined({
      textHeads: numberOf(json['transformer_heads']),
      mean: tripleOf(json['mean']),
      std: tripleOf(json['std']),
    }),
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}

function tripleOf(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.length === 3 && value.every((item) => typeof item === 'number')
    ? value
    : undefined
}

function defined<Shape extends object>(values: Shape): Shape {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Shape
}
