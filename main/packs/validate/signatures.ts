import { StudioError } from '#app/contract/errors.ts'
import type { PackManifest, SessionName } from '#app/domain/pack.ts'

import type { ElementType } from '../onnx/tensor.ts'

import type { ModelOutline, ValueOutline } from './onnx/model.ts'

interface ExpectedValue {
  readonly type: ElementType | 'sequence'
  /** A number must be that number; `any` must be symbolic, because the engine chooses it at run time. */
  readonly dims: readonly (number | 'any')[]
}
type ExpectedValues = Readonly<Record<string, ExpectedValue>>

/** Inputs and outputs of a session, by name. */
export interface Signature {
  readonly inputs: ExpectedValues
  readonly outputs: ExpectedValues
}

/** What the engine feeds each session of this pack and reads from it. */
export function signatureOf(session: SessionName, manifest: PackManifest): Signature {
  const { clip } = manifest
  switch (session) {
    case 'transformer':
      return transformerSignature(manifest)
    case 'vaeDecoder':
      return {
        inputs: { codes: { type: 'int64', dims: ['any', 'any', 'any'] } },
        outputs: { pixels: { type: 'uint8', dims: ['any', 'any', 'any', 3] } },
      }
    case 'vaeEncoder':
      return {
        inputs: { pixels: { type: 'uint8', dims: ['any', 'any', 'any', 3] } },
        outputs: { codes: { type: 'int64', dims: ['any', 'any', 'any'] } },
      }
    case 'clipText':
      return {
        inputs: { input_ids: { type: 'int64', dims: ['any', clip?.text.length ?? 'any'] } },
        outputs: { text_embeds: { type: 'float32', dims: ['any', clip?.projection ?? 'any'] } },
      }
    case 'clipImage': {
      const side = clip?.imageSize ?? 'any'
      return {
        inputs: { pixel_values: { type: 'float32', dims: ['any', 3, side, side] } },
        outputs: { image_embeds: { type: 'float32', dims: ['any', clip?.projection ?? 'any'] } },
      }
    }
  }
}

/** Of every model of an upscaler. */
export const upscalerSignature: Signature = {
  inputs: { pixels: { type: 'uint8', dims: ['any', 'any', 'any', 3] } },
  outputs: { enlarged: { type: 'uint8', dims: ['any', 'any', 'any', 3] } },
}

function transformerSignature({ transformer, image }: PackManifest): Signature {
  const cache: ExpectedValue = { type: 'float32', dims: ['any', transformer.heads, 'any', transformer.headDim] }
  const caches = (when: 'past' | 'present') =>
    Array.from({ length: transformer.layers }, (_, layer) => ['key', 'value'].map((part) => `${when}.${layer}.${part}`))
      .flat()
      .map((name) => [name, cache] as const)
  const biases = [...new Set(transformer.attention)]
    .filter((kind) => kind !== 'dense')
    .flatMap((kind): [string, ExpectedValue][] => [
      [`attention_bias.${kind}`, { type: 'float32', dims: [1, 1, 'any', 'any'] }],
      [`last_position.${kind}`, { type: 'int32', dims: ['any'] }],
      [`total_length.${kind}`, { type: 'int32', dims: [1] }],
    ])
  return {
    inputs: {
      ids: { type: 'int64', dims: ['any', 'any'] },
      positions: { type: 'int64', dims: ['any', 'any'] },
      first_logit: { type: 'int64', dims: [1] },
      last_position: { type: 'int32', dims: ['any'] },
      total_length: { type: 'int32', dims: [1] },
      ...Object.fromEntries(biases),
      ...Object.fromEntries(caches('past')),
    },
    outputs: {
      done: { type: 'sequence', dims: [] },
      logits: { type: 'float32', dims: ['any', 'any', image.vocabulary] },
      ...Object.fromEntries(caches('present')),
    },
  }
}

/** Throws `packInvalid` when a model's inputs and outputs are not exactly those of its session. */
export function checkSignature(subject: string, model: ModelOutline, signature: Signature): void {
  checkValues(subject, 'input', model.inputs, signature.inputs)
  checkValues(subject, 'output', model.outputs, signature.outputs)
}

function checkValues(
  subject: string,
  role: 'input' | 'output',
  values: readonly ValueOutline[],
  expected: ExpectedValues,
): void {
  const names = new Set(values.map(({ name }) => name))
  const missing = Object.keys(expected).find((name) => !names.has(name))
  if (missing !== undefined) throw new StudioError('packInvalid', `${subject}: the ${role} "${missing}" is missing.`)
  if (names.size !== values.length) throw new StudioError('packInvalid', `${subject}: an ${role} is declared twice.`)
  for (const value of values) {
    const wanted = Object.hasOwn(expected, value.name) ? expected[value.name] : undefined
    if (wanted === undefined) throw new StudioError('packInvalid', `${subject}: unknown ${role} "${value.name}".`)
    if (!matches(value, wanted)) {
      const [found, needed] = [describe(value.type, value.dims), describe(wanted.type, wanted.dims)]
      throw new StudioError('packInvalid', `${subject}: the ${role} "${value.name}" is ${found}, not ${needed}.`)
    }
  }
}

function matches({ type, dims }: ValueOutline, wanted: ExpectedValue): boolean {
  if (type !== wanted.type) return false
  if (type === 'sequence') return true
  if (dims === undefined || dims.length !== wanted.dims.length) return false
  return dims.every((dim, axis) => (wanted.dims[axis] === 'any' ? typeof dim === 'string' : dim === wanted.dims[axis]))
}

function describe(type: string | undefined, dims: readonly (number | string)[] | undefined): string {
  return `${type ?? 'an unknown type'} [${dims?.join(', ') ?? 'no shape'}]`
}
