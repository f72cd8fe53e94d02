import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { AttributeProto_AttributeType, AttributeProtoSchema, type AttributeProto } from 'onnx-buf'

import { StudioError } from '#app/contract/errors.ts'

/** A plain number or list of numbers is an integer; floats say so, because ONNX tells `1` from `1.0`. */
export type Attribute =
  number | readonly number[] | string | { readonly float: number } | { readonly floats: readonly number[] }

export function attributeProto(name: string, value: Attribute): AttributeProto {
  return create(AttributeProtoSchema, { name, ...content(name, value) })
}

function content(name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'string') {
    return { type: AttributeProto_AttributeType.STRING, s: new Uint8Array(new TextEncoder().encode(value)) }
  }
  if (typeof value === 'number') return { type: AttributeProto_AttributeType.INT, i: toInt(name, value) }
  if ('float' in value) return { type: AttributeProto_AttributeType.FLOAT, f: value.float }
  if ('floats' in value) return { type: AttributeProto_AttributeType.FLOATS, floats: [...value.floats] }
  return { type: AttributeProto_AttributeType.INTS, ints: value.map((item) => toInt(name, item)) }
}

function toInt(name: string, value: number): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value)
  throw new StudioError('internal', `Attribute ${name} is an integer, not ${value}: use { float } for floats.`)
}
