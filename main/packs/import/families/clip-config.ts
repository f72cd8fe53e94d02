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
}

type Json = Readonly<Record<string, unknown>>

/** The configuration of a CLIP among the side files. @throws Refusal `tokenizer-file` for JSON that does not hold together */
export function findClipConfig(sideFiles: readonly SideFile[]): ClipConfig | undefined {
  return sideFiles
    .filter(({ kind }) => kind === 'json')
    .map(readConfig)
    .find((config) => config !== undefined)
}

function readConfig({ name, bytes }: SideFile): ClipConfig | undefined {
  let json: unknown
  try {
    json = parseStrictJson(bytes, { subject: name, maxDepth: 16 })
  } catch (error) {
    if (error instanceof StudioError) throw new Refusal('tokenizer-file', name, error.message, { cause: error })
    throw error
  }
  if (!isObject(json)) return undefined
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
