import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, type GraphProto } from 'onnx-buf'
import { expect, test } from 'vitest'

import { buildTransformer } from '../graphs/transformer.ts'
import { dataTypes } from '../onnx/data-types.ts'
import { tinyWeights } from '../tiny/tiny-weights.ts'
import { WeightSet } from '../weights/weight-set.ts'

import { withInt8Cache } from './int8-cache.ts'

const weights = tinyWeights()
const { transformer: description } = weights.model
const channels = description.heads * description.headDim
const model = buildTransformer(
  description,
  new WeightSet(weights.transformer, 'transformer.safetensors'),
  'int8',
  'float32',
).toBytes()
/** Channel 1 of the keys was always zero. */
const ranges = {
  keys: Array.from({ length: channels }, (_, i) => 127 * (i === 1 ? 0 : i + 1)),
  values: Array<number>(channels).fill(254),
}
const layers = Array.from({ length: description.layers }, () => ranges)

function graphOf(bytes: Uint8Array): GraphProto {
  const { graph } = fromBinary(ModelProtoSchema, new Uint8Array(bytes))
  if (graph === undefined) throw new Error('A model has a graph.')
  return graph
}

test('only the caches, the attentions and the scales differ', () => {
  const [before, after] = [graphOf(model), graphOf(withInt8Cache(model, layers, description))]
  const typesOf = (graph: GraphProto): Record<string, unknown> =>
    Object.fromEntries(
      [...graph.input, ...graph.output]
        .filter(({ type }) => type?.value.case === 'tensorType')
        .map(({ name, type }) => [name, type?.value.case === 'tensorType' ? type.value.value.elemType : null]),
    )
  expect(typesOf(after)).toEqual(
    Object.fromEntries(
      Object.entries(typesOf(before)).map(([name, type]) => [
        name,
        /^(past|present)/.test(name) ? dataTypes.int8 : type,
      ]),
    ),
  )
  const others = (graph: GraphProto): unknown => graph.node.filter(({ opType }) => opType !== 'GroupQueryAttention')
  expect(others(after)).toEqual(others(before))
  expect(after.initializer.slice(0, before.initializer.length)).toEqual(before.initializer)
  expect(after.initializer.slice(before.initializer.length).map(({ name, dims }) => [name, dims.map(Number)])).toEqual(
    layers.flatMap((_, index) =>
      ['key', 'value'].map((part) => [`past.${index}.${part}.scale`, [1, description.heads, 1, description.headDim]]),
    ),
  )
})

test('each attention reads its own scales, a step of the 127th part of the range', () => {
  const { node, initializer } = graphOf(withInt8Cache(model, layers, description))
  const attentions = node.filter(({ opType }) => opType === 'GroupQueryAttention')
  expect(attentions.map(({ input }) => [input[3], input.slice(12)])).toEqual(
    layers.map((_, index) => [`past.${index}.key`, [`past.${index}.key.scale`, `past.${index}.value.scale`]]),
  )
  const scales = initializer.find(({ name }) => name === 'past.0.key.scale')?.rawData.slice()
  expect(Array.from(new Float32Array(scales?.buffer ?? new ArrayBuffer(0)))).toEqual(
    Array.from({ length: channels }, (_, i) => i + 1).with(1, 1),
  )
})

test('a graph with another number of layers is refused', () => {
  expect(() => withInt8Cache(model, [...layers, ranges], description)).toThrow(
    `The transformer has ${layers.length} attentions and ranges for ${layers.length + 1}.`,
  )
})
