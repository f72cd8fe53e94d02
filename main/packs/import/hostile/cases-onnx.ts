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

/** An export of CLIP by PyTorch, as small as it can be: a table of words, and a matrix that is told by its bias. */
export function goodClipExport(graph: Graph = {}, more: Model = {}): Uint8Array {
  const weights = (name: string, dims: bigint[], size: number): Weights => ({
    ...{ name, dims, dataType: 1, rawData: new Uint8Array(4 * size) },
  })
  const made: Graph = {
    input: [{ name: 'input_ids', type: float }],
    initializer: [
      weights('text_model.embeddings.token_embedding.weight', [4n, 2n], 8),
      weights('text_model.encoder.layers.0.mlp.fc1.bias', [3n], 3),
      weights('onnx::MatMul_1', [2n, 3n], 6),
    ],
    node: [
      node('Constant', { input: [], output: ['two'], attribute: [{ name: 'value', type: 4, t: { dims: [] } }] }),
      node('Gather', { input: ['text_model.embeddings.token_embedding.weight', 'input_ids'], output: ['x'] }),
      node('MatMul', { input: ['x', 'onnx::MatMul_1'], output: ['product'] }),
      node('Add', { input: ['text_model.encoder.layers.0.mlp.fc1.bias', 'product'] }),
    ],
  }
  const nodes = [...(made.node ?? []), ...(graph.node ?? [])]
  const initializer = [...(made.initializer ?? []), ...(graph.initializer ?? [])]
  return model({ ...made, ...graph, node: nodes, initializer }, more)
}

const exportCase = (name: string, graph: Graph, more: Model = {}): HostileCase =>
  onnxCase(`${name} in an export of CLIP`, () => goodClipExport(graph, more))
const last = (opType: string, more: Node = {}): Graph => ({ node: [node(opType, { output: ['z'], ...more })] })
const oneMore = (weights: Weights): Graph => ({ initializer: [{ name: 'text_model.more.weight', ...weights }] })

/** Exports are read by wider rules, because nothing runs them; these hold all the same. */
const exportCases: readonly HostileCase[] = [
  exportCase('nested If', { node: [{ ...nestedIf(8), output: ['z'] }] }),
  exportCase('a Loop', last('Loop', { attribute: [{ name: 'body', type: 5, g: { name: 'b' } }] })),
  exportCase('a graph in a constant', last('Constant', { attribute: [{ name: 'value', type: 5, g: { name: 'b' } }] })),
  exportCase('an operator of a strange domain', last('Relu', { domain: 'evil.example' })),
  exportCase('a function of its own', {}, { functions: [{ name: 'f', domain: 'd' }] }),
  exportCase('sparse weights', { sparseInitializer: [{ dims: [4n] }] }),
  exportCase('weights in a file of the system', {
    ...oneMore({ dims: [4n], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: '/etc/passwd' }] }),
  }),
  exportCase('weights shorter than their shape', oneMore({ dims: [1000n], dataType: 1, rawData: new Uint8Array(16) })),
  exportCase('weights of a type nobody reads', oneMore({ dims: [2n], dataType: 8, rawData: new Uint8Array(2) })),
  exportCase(
    'two weights of one name',
    oneMore({ name: 'onnx::MatMul_1', dims: [1n], dataType: 1, rawData: Buffer.alloc(4) }),
  ),
  exportCase('a matrix of no module', {
    ...{ initializer: [{ name: 'secret', dims: [3n, 3n], dataType: 1, rawData: new Uint8Array(36) }] },
    ...{ node: ['a', 'b'].map((output) => node('MatMul', { input: ['y', 'secret'], output: [output] })) },
  }),
  exportCase('weights of 8 bits', last('MatMulInteger', { input: ['x', 'onnx::MatMul_1'] })),
]

export const onnxCases: readonly HostileCase[] = [
  ...exportCases,
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
