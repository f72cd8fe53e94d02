import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import type { GraphProtoSchema, NodeProtoSchema, TensorProtoSchema } from 'onnx-buf'
import { ModelProtoSchema } from 'onnx-buf'

import type { HostileCase } from './hostile-case.ts'

type Init<T> = Omit<Exclude<T, { readonly $typeName: string }>, '$typeName' | '$unknown'>
type Model = Init<MessageInitShape<typeof ModelProtoSchema>>
type Graph = Init<MessageInitShape<typeof GraphProtoSchema>>
type Node = Init<MessageInitShape<typeof NodeProtoSchema>>
type Weights = Init<MessageInitShape<typeof TensorProtoSchema>>

const opsetImport = [{ domain: '', version: 21n }]
const float = { value: { case: 'tensorType' as const, value: { elemType: 1, shape: { dim: [] } } } }
const input = [{ name: 'x', type: float }]
const output = [{ name: 'y', type: float }]
const node = (opType: string, more: Node = {}): Node => ({ opType, name: 'n', input: ['x'], output: ['y'], ...more })

/** A model of one node and some weights; `more` replaces or adds. */
function model(graph: Graph, more: Model = {}): Uint8Array {
  const whole = { name: 'g', input, output, node: [node('Relu')], ...graph }
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 10n, opsetImport, ...more, graph: whole }))
}

/** One that keeps the rules: a node and a matrix. */
export function goodModel(): Uint8Array {
  const weights = { name: 'w', dataType: 1, dims: [2n, 2n], rawData: new Uint8Array(16) }
  return model({ node: [node('Add', { input: ['x', 'w'] })], initializer: [weights] })
}

const onnxCase = (name: string, bytes: () => Uint8Array): HostileCase => ({
  name: `onnx: ${name}`,
  fileName: 'model.onnx',
  rule: 'onnx',
  bytes,
})
const nodeCase = (name: string, made: Node): HostileCase => onnxCase(name, () => model({ node: [made] }))
const weightsCase = (name: string, weights: Weights): HostileCase =>
  onnxCase(name, () => model({ node: [node('Add', { input: ['x', 'w'] })], initializer: [{ name: 'w', ...weights }] }))

/** `If` in the branch of an `If` …: a few kilobytes that cost a runtime a minute. */
function nestedIf(depth: number): Node {
  const body = depth === 0 ? node('Identity') : nestedIf(depth - 1)
  const branch = { name: 'b', node: [body], output }
  const attribute = ['then_branch', 'else_branch'].map((name) => ({ name, type: 5, g: branch }))
  return node('If', { attribute })
}

export const onnxCases: readonly HostileCase[] = [
  onnxCase('nested If', () => model({ node: [nestedIf(8)] })),
  nodeCase('a Loop', node('Loop', { attribute: [{ name: 'body', type: 5, g: { name: 'b' } }] })),
  nodeCase('a Scan', node('Scan', { attribute: [{ name: 'body', type: 5, g: { name: 'b' } }] })),
  nodeCase('an operator of a strange domain', node('Relu', { domain: 'evil.example' })),
  nodeCase('an operator nobody knows', node('SystemCall')),
  nodeCase('an operator that makes a large tensor of a small one', node('ConstantOfShape')),
  nodeCase('a tensor in an attribute', node('Relu', { attribute: [{ name: 'value', type: 4, t: { dims: [1n] } }] })),
  nodeCase('a value before it is made', node('Relu', { input: ['later'] })),
  onnxCase('a value made twice', () => model({ node: [node('Relu'), node('Relu', { name: 'm' })] })),
  weightsCase('weights in a file of the system', {
    dims: [4n],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: 'location', value: '../../../etc/passwd' }],
  }),
  weightsCase('weights in a file beside it', {
    dims: [4n],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: 'location', value: 'weights.bin' }],
  }),
  weightsCase('an address in memory as the place of weights', {
    dims: [4n],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: 'location', value: '*/_ORT_MEM_ADDR_/*' }],
  }),
  weightsCase('weights shorter than their shape', { dims: [1000n], dataType: 1, rawData: new Uint8Array(16) }),
  weightsCase('weights whose shape overflows', {
    dims: [2n ** 40n, 2n ** 40n],
    dataType: 1,
    rawData: new Uint8Array(16),
  }),
  weightsCase('weights of a negative size', { dims: [-4n], dataType: 1, rawData: new Uint8Array(16) }),
  weightsCase('weights of text', { dims: [1n], dataType: 8, stringData: [new Uint8Array(4)] }),
  weightsCase('weights as a list of numbers', { dims: [4n], dataType: 1, floatData: [1, 2, 3, 4] }),
  onnxCase('sparse weights', () => model({ sparseInitializer: [{ dims: [4n] }] })),
  onnxCase('a function of its own', () => model({}, { functions: [{ name: 'f', domain: 'd' }] })),
  onnxCase('training information', () => model({}, { trainingInfo: [{}] })),
  onnxCase('a version of the future', () => model({}, { irVersion: 13n })),
  onnxCase('an operator set of the future', () => model({}, { opsetImport: [{ domain: '', version: 999n }] })),
  onnxCase('a length past the end', () => Buffer.from([0x08, 10, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0])),
  onnxCase('a number of eleven bytes', () => Buffer.concat([Buffer.from([0x08, 10, 0x12]), Buffer.alloc(11, 0xff)])),
  onnxCase('cut in half', () =>
    model({ initializer: [{ name: 'w', dims: [64n], dataType: 1, rawData: new Uint8Array(256) }] }).subarray(0, 100),
  ),
]
