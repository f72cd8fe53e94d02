import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { ModelProtoSchema } from 'onnx-buf'
import { expect, test } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'

import { buildClipText } from '../../graphs/clip-text.ts'
import { GraphBuilder } from '../../onnx/graph-builder.ts'
import { tensor } from '../../onnx/tensor.ts'
import { tinyWeights } from '../../tiny/tiny-weights.ts'
import { WeightSet } from '../../weights/weight-set.ts'

import { checkModel } from './check-model.ts'
import { modelGrammar } from './grammar.ts'
import { MessageReader } from './message-reader.ts'
import { toOutline, type ModelOutline } from './model.ts'

function check(bytes: Uint8Array, pieceBytes = bytes.byteLength): ModelOutline {
  const reader = new MessageReader('m.onnx', modelGrammar, bytes.byteLength)
  for (let offset = 0; offset < bytes.byteLength; offset += pieceBytes) {
    reader.push(bytes.subarray(offset, offset + pieceBytes))
  }
  const outline = toOutline('m.onnx', reader.finish())
  checkModel('m.onnx', outline)
  return outline
}

function clipText(): Uint8Array {
  const { model, clip } = tinyWeights()
  if (model.clip === undefined || clip === undefined) throw new Error('The tiny model has a CLIP.')
  return buildClipText(model.clip, new WeightSet(clip, 'clip'), 'float16').toBytes()
}

type Model = MessageInitShape<typeof ModelProtoSchema>
type Graph = NonNullable<Model['graph']>

/** `y = Relu(x)` with something changed. */
function model(graph: Partial<Graph> = {}, rest: Partial<Model> = {}): Uint8Array {
  const relu = { input: ['x'], output: ['y'], opType: 'Relu' }
  const values = { node: [relu], input: [{ name: 'x' }], output: [{ name: 'y' }], ...graph } as Graph
  const whole = { irVersion: 10n, opsetImport: [{ domain: '', version: 21n }], graph: values, ...rest } as Model
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, whole))
}

const weights = (dims: bigint[], bytes: number, more: object = {}) => ({
  initializer: [{ name: 'w', dims, dataType: 1, rawData: new Uint8Array(bytes), ...more }],
})
const node = (opType: string, more: object = {}) => ({ node: [{ input: ['x'], output: ['y'], opType, ...more }] })
const withAttribute = (attribute: object) => node('Relu', { attribute: [{ name: 'a', ...attribute }] })

test('a model of ours passes, whatever pieces it comes in', () => {
  const bytes = clipText()
  const whole = check(bytes)
  expect(whole.outputs).toEqual([{ name: 'text_embeds', type: 'float32', dims: ['batch', 24] }])
  for (const pieceBytes of [1, 7, 4096]) expect(check(bytes, pieceBytes)).toEqual(whole)
})

test.each([
  ['nothing', new Uint8Array(0), 'there is no graph'],
  ['an if', model(node('If', { attribute: [{ name: 'then_branch', type: 5, g: {} }] })), 'AttributeProto has field 6'],
  ['a loop', model(node('Loop')), 'the operator "Loop" is not one'],
  ['a scan', model(node('Scan')), 'the operator "Scan" is not one'],
  ['list of graphs', model(withAttribute({ type: 10, graphs: [{}] })), 'AttributeProto has field 11'],
  ['tensor in an attribute', model(withAttribute({ type: 4, t: {} })), 'AttributeProto has field 5'],
  ['sparse attribute', model(withAttribute({ type: 11, sparseTensor: {} })), 'AttributeProto has field 22'],
  ['attribute by reference', model(withAttribute({ refAttrName: 'x' })), 'AttributeProto has field 21'],
  ['attribute without type', model(withAttribute({})), 'attribute "a" of Relu has the type 0'],
  [
    'attribute twice',
    model(
      node('Relu', {
        attribute: [
          { name: 'a', type: 1 },
          { name: 'a', type: 1 },
        ],
      }),
    ),
    'twice',
  ],
  ['another domain', model(node('Relu', { domain: 'evil.ops' })), 'the operator "evil.ops.Relu" is not one'],
  ['a domain of Object', model(node('toString', { domain: 'constructor' })), 'is not one that packs may use'],
  ['functions', model({}, { functions: [{ name: 'f' }] }), 'ModelProto has field 25'],
  ['training', model({}, { trainingInfo: [{}] }), 'ModelProto has field 20'],
  ['sparse weights', model({ sparseInitializer: [{}] }), 'GraphProto has field 15'],
  [
    'external data',
    model(weights([1n], 0, { dataLocation: 1, externalData: [{ key: 'location', value: '/etc/passwd' }] })),
    'lie in another file',
  ],
  ['external without a place', model(weights([1n], 4, { dataLocation: 1 })), 'lie in another file'],
  ['typed data', model({ initializer: [{ name: 'w', dims: [1n], dataType: 1, floatData: [1] }] }), 'has field 4'],
  ['strings', model({ initializer: [{ name: 'w', dims: [1n], dataType: 8, stringData: [new Uint8Array(1)] }] }), '6'],
  ['too few bytes', model(weights([1024n, 1024n], 16)), 'hold 16 bytes where float32 of shape [1024,1024]'],
  ['too many bytes', model(weights([1n], 8)), 'hold 8 bytes'],
  ['a product past 2⁶⁴', model(weights([4294967296n, 4294967296n, 4n], 0)), 'hold 0 bytes'],
  ['a negative size', model(weights([-1n], 0)), 'have the shape [-1]'],
  ['a size past 2⁵³', model(weights([9007199254740993n], 0)), 'have the shape'],
  ['rank 9', model(weights(Array<bigint>(9).fill(1n), 4)), 'have the shape'],
  ['an unknown type', model(weights([1n], 4, { dataType: 99 })), 'have an element type'],
  ['weights that hide an input', model(weights([1n], 4, { name: 'x' })), '"x" is empty or defined twice'],
  ['a value made twice', model({ node: [0, 1].map(() => ({ input: ['x'], output: ['y'], opType: 'Relu' })) }), 'twice'],
  ['a value before it is made', model(node('Relu', { input: ['z'] })), 'Relu uses "z" before it is made'],
  ['an output from nowhere', model({ output: [{ name: 'z' }] }), 'an output uses "z"'],
  ['no output', model(node('Relu', { output: [''] })), 'a Relu without an output'],
  [
    'work on weights alone',
    model({ ...weights([2n], 8), node: [{ input: ['w', 'w'], output: ['y'], opType: 'MatMul' }] }),
    'a MatMul works on weights alone',
  ],
  ['an old file', model({}, { irVersion: 3n }), 'IR version 3'],
  ['a file of the future', model({}, { irVersion: 99n }), 'IR version 99'],
  ['no operator set', model({}, { opsetImport: [] }), 'is missing'],
  ['an operator set twice', model({}, { opsetImport: [0, 1].map(() => ({ version: 21n })) }), 'given twice'],
  ['an unknown operator set', model({}, { opsetImport: [{ domain: 'ai.onnx.ml', version: 1n }] }), 'is unknown'],
  ['an old operator set', model({}, { opsetImport: [{ version: 1n }] }), 'operator set "" 1'],
  ['a long name', model(node('Relu', { name: 'n'.repeat(2000) })), 'NodeProto.name is longer than 1024 bytes'],
  ['two graphs', Buffer.concat([model(), model()]), 'is given twice'],
  ['trailing bytes', Buffer.concat([model(), Buffer.alloc(1)]), 'field 0'],
  ['cut short', model().subarray(0, 20), 'past the end'],
  ['an endless number', Buffer.from('08ffffffffffffffffffffff01', 'hex'), 'longer than ten bytes'],
  ['a group', Buffer.from('0b0c', 'hex'), 'wire type 3'],
  ['10 GB declared', Buffer.from('3a808080802500', 'hex'), 'reaches past the end'],
  ['not UTF-8', Buffer.from('1201ff', 'hex'), 'is not UTF-8'],
])('refused: %s', (_, bytes, message) => {
  expect(() => check(bytes)).toThrow(
    expect.objectContaining({ code: 'packInvalid', message: expect.stringContaining(message) }),
  )
})

test('nothing is read past the length of the file', () => {
  const bytes = model()
  const reader = new MessageReader('m.onnx', modelGrammar, bytes.byteLength - 1)
  expect(() => reader.push(bytes)).toThrow('reaches past the end of its message')
})

test('damaged models only ever raise a typed error', () => {
  const graph = new GraphBuilder('g')
  const x = graph.input('x', 'float32', ['batch', 2])
  const w = graph.initializer('w', tensor('float32', [2, 2], Float32Array.of(1, 2, 3, 4)))
  graph.output(
    graph.rename(graph.node('MatMul', [x, w], { attributes: { a: [1, 2], b: { floats: [1] } } }), 'y'),
    'float32',
    ['batch', 2],
  )
  const bytes = graph.toBytes()
  const place = fc.integer({ min: 0, max: bytes.byteLength - 1 })
  const damage = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(damage, place, fc.integer({ min: 1, max: 64 }), (changes, cut, pieceBytes) => {
      const damaged = bytes.slice(0, changes.length % 2 === 0 ? cut : bytes.byteLength)
      for (const [index, value] of changes) if (index < damaged.byteLength) damaged[index] = value
      try {
        check(damaged, pieceBytes)
      } catch (error) {
        expect(error).toBeInstanceOf(StudioError)
        expect(error).toMatchObject({ code: 'packInvalid' })
      }
    }),
    { numRuns: 5000 },
  )
})
