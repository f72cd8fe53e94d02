import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { NodeProtoSchema, TensorProtoSchema, ValueInfoProtoSchema, type NodeProto } from 'onnx-buf'

import type { LayerRanges } from '#app/domain/cache-ranges.ts'
import { StudioError } from '#app/contract/errors.ts'

import { attributeProto } from '../onnx/attribute.ts'
import { dataTypes } from '../onnx/data-types.ts'

/** Field numbers of onnx.proto; every other field is passed on as it is, weights without being looked at. */
const modelGraph = 7
const graphFields = { node: 1, initializer: 5, input: 11, output: 12 } as const
/** Places of `GroupQueryAttention`'s inputs. */
const inputs = { pastKey: 3, keyScale: 12, valueScale: 13 } as const
const largestCode = 127
/** Below it a scale would be no number that can be divided by. */
const smallest = 1e-30

/**
 * The same transformer with keys and values of 8 bits: every `GroupQueryAttention` gets a scale for each channel, and the caches become int8. Derived when
 * a pack is loaded, so that it needs no second copy of the weights.
 * @param model bytes of a transformer's ONNX file, cache in float32
 * @param layers ranges of each pair of caches; what is beyond them is cut off
 * @param shape of a layer's cache
 * @throws StudioError packInvalid when the graph has not one attention for each of `layers`
 */
export function withInt8Cache(
  model: Uint8Array,
  layers: readonly LayerRanges[],
  shape: { readonly heads: number; readonly headDim: number },
): Uint8Array {
  const dims = [1, shape.heads, 1, shape.headDim].map(BigInt)
  let attentions = 0
  const changeNode = (bytes: Uint8Array): Uint8Array => {
    const node = fromBinary(NodeProtoSchema, bytes)
    if (node.opType !== 'GroupQueryAttention') return bytes
    attentions++
    addScales(node)
    return toBinary(NodeProtoSchema, node)
  }
  const graphOf = (graph: Uint8Array): Uint8Array[] => [
    ...fieldsOf(graph).map(({ field, whole, content }) => {
      if (field === graphFields.node) return framed(field, changeNode(content))
      if (field === graphFields.input || field === graphFields.output) return framed(field, withCacheType(content))
      return whole
    }),
    ...layers.flatMap(({ keys, values }, index) => [
      framed(graphFields.initializer, scaleTensor(scaleName(index, 'key'), dims, keys)),
      framed(graphFields.initializer, scaleTensor(scaleName(index, 'value'), dims, values)),
    ]),
  ]
  const changed = fieldsOf(model).flatMap(({ field, whole, content }) => {
    if (field !== modelGraph) return [whole]
    const pieces = graphOf(content)
    return [
      head(
        field,
        pieces.reduce((sum, piece) => sum + piece.byteLength, 0),
      ),
      ...pieces,
    ]
  })
  if (attentions === layers.length) return Buffer.concat(changed)
  throw new StudioError('packInvalid', `The transformer has ${attentions} attentions and ranges for ${layers.length}.`)
}

function addScales(node: NodeProto): void {
  const index = /^past\.(\d+)\.key$/.exec(node.input[inputs.pastKey] ?? '')?.[1]
  if (index === undefined) throw new StudioError('packInvalid', `${node.name}: reads no cache of its own.`)
  while (node.input.length < inputs.keyScale) node.input.push('')
  node.input[inputs.keyScale] = scaleName(Number(index), 'key')
  node.input[inputs.valueScale] = scaleName(Number(index), 'value')
  const attributes = { k_quant_type: 'PER_CHANNEL', v_quant_type: 'PER_CHANNEL', kv_cache_bit_width: 8 }
  for (const [name, value] of Object.entries(attributes)) node.attribute.push(attributeProto(name, value))
}

function withCacheType(bytes: Uint8Array): Uint8Array {
  const info = fromBinary(ValueInfoProtoSchema, bytes)
  if (!/^(?:past|present)\.\d+\.(?:key|value)$/.test(info.name) || info.type?.value.case !== 'tensorType') return bytes
  info.type.value.value.elemType = dataTypes.int8
  return toBinary(ValueInfoProtoSchema, info)
}

function scaleName(index: number, part: 'key' | 'value'): string {
  return `past.${index}.${part}.scale`
}

/** A channel that was always zero gets a scale all the same. */
function scaleTensor(name: string, dims: bigint[], largest: readonly number[]): Uint8Array {
  const scales = Float32Array.from(largest, (value) => (value > smallest ? value / largestCode : 1))
  const rawData = new Uint8Array(scales.buffer)
  return toBinary(TensorProtoSchema, create(TensorProtoSchema, { name, dims, dataType: dataTypes.float32, rawData }))
}

interface Field {
  readonly field: number
  /** With its tag and length. */
  readonly whole: Uint8Array
  /** Of a length-delimited field, without copying it; else empty. */
  readonly content: Uint8Array
}

function fieldsOf(message: Uint8Array): Field[] {
  const reader = new BinaryReader(message)
  const found: Field[] = []
  while (reader.pos < message.byteLength) {
    const start = reader.pos
    const [field, wireType] = reader.tag()
    let content: Uint8Array = new Uint8Array(0)
    if (wireType === WireType.LengthDelimited) content = reader.bytes()
    else reader.skip(wireType, field)
    found.push({ field, whole: message.subarray(start, reader.pos), content })
  }
  return found
}

function framed(field: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([head(field, content.byteLength), content])
}

function head(field: number, bytes: number): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(bytes).finish()
}
