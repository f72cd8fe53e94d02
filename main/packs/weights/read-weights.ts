import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'

import { readSafetensors, type TensorMap } from '../safetensors/read.ts'
import { parseStrictJson } from '../strict-json.ts'

import { modelDescriptionSchema, type ModelDescription } from './model-description.ts'

/** A model as training or an import hands it over: docs/weights-format.md, in memory. */
export interface ModelWeights {
  readonly model: ModelDescription
  /** The bytes of tokenizer.json. */
  readonly tokenizer: Uint8Array
  readonly transformer: TensorMap
  readonly dvae: TensorMap
  /** There exactly when `model.clip` is. */
  readonly clip?: TensorMap
  /** The bytes of CLIP's own tokenizer, when it has one. */
  readonly clipTokenizer?: Uint8Array
}

/** Reads a weights folder. Throws `packInvalid` with file and rule when it breaks the format. */
export async function readWeights(folder: string): Promise<ModelWeights> {
  const model = parseModelDescription(await readFile(join(folder, 'model.json')))
  return {
    model,
    tokenizer: await readFile(join(folder, 'tokenizer.json')),
    transformer: await readSafetensors(join(folder, 'transformer.safetensors')),
    dvae: await readSafetensors(join(folder, 'dvae.safetensors')),
    clip: model.clip && (await readSafetensors(join(folder, 'clip.safetensors'))),
  }
}

/** `model.json`. Throws `packInvalid` with the rule it breaks. */
export function parseModelDescription(bytes: Uint8Array): ModelDescription {
  const result = modelDescriptionSchema.safeParse(parseStrictJson(bytes, { subject: 'model.json', maxDepth: 8 }))
  if (result.success) return result.data
  throw new StudioError('packInvalid', `model.json: ${z.prettifyError(result.error)}`)
}
