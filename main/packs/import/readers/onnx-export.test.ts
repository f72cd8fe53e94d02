import { create, toBinary, fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { expect, test } from 'vitest'

import { goodClipExport } from '../hostile/cases-onnx.ts'

import { bytesSource } from './byte-source.ts'
import { readOnnxExport } from './onnx-export.ts'

type Model = ReturnType<typeof readModel>

function readModel(bytes: Uint8Array) {
  return fromBinary(ModelProtoSchema, bytes)
}

/** The small export with numbers in it, after `change`. */
function exported(change: (model: Model) => void = () => undefined): Uint8Array {
  const model = create(ModelProtoSchema, readModel(goodClipExport()))
  for (const weights of model.graph?.initializer ?? []) {
    const count = weights.rawData.length / 4
    weights.rawData = new Uint8Array(Float32Array.from({ length: count }, (_, i) => i + 1).buffer)
  }
  change(model)
  return toBinary(ModelProtoSchema, model)
}

function weightsOf(bytes: Uint8Array): Record<string, unknown> {
  const source = readOnnxExport(bytesSource('model.onnx', bytes))
  return Object.fromEntries(
    [...(source?.tensors.values() ?? [])].map(({ name, dtype, shape }) => [
      name,
      [dtype, shape, Array.from(source?.readFloat32(name) ?? [])],
    ]),
  )
}

const fc1 = 'text_model.encoder.layers.0.mlp.fc1'
const words = ['float32', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]]
const bias = ['float32', [3], [1, 2, 3]]

test('a matrix that lost its name is told by its bias, and turned as its module has it', () => {
  expect(weightsOf(exported())).toEqual({
    'text_model.embeddings.token_embedding.weight': words,
    [`${fc1}.bias`]: bias,
    [`${fc1}.weight`]: ['float32', [3, 2], [1, 4, 2, 5, 3, 6]],
  })
})

test('a part of a matrix is a part of the turned one', () => {
  const source = readOnnxExport(bytesSource('model.onnx', exported()))
  expect(Array.from(source?.readFloat32(`${fc1}.weight`, { first: 1, count: 3 }) ?? [])).toEqual([4, 2, 5])
})

test('half precision is widened', () => {
  const halves = exported((model) => {
    for (const weights of model.graph?.initializer ?? []) {
      const values = new Float32Array(Uint8Array.from(weights.rawData).buffer)
      weights.rawData = new Uint8Array(new Float16Array(values).buffer)
      weights.dataType = 10
    }
  })
  expect(weightsOf(halves)[`${fc1}.weight`]).toEqual(['float16', [3, 2], [1, 4, 2, 5, 3, 6]])
})

test('a matrix that is transposed in the graph lies in the file as its module has it', () => {
  const transposed = exported((model) => {
    const [matrix, product] = [model.graph?.initializer[2], model.graph?.node[2]]
    if (matrix === undefined || product === undefined || model.graph === undefined) return
    matrix.dims = [3n, 2n]
    const turn = create(ModelProtoSchema, {
      graph: { node: [{ opType: 'Transpose', input: ['onnx::MatMul_1'], output: ['turned'] }] },
    }).graph?.node[0]
    product.input[1] = 'turned'
    if (turn !== undefined) model.graph.node.splice(2, 0, turn)
  })
  expect(weightsOf(transposed)[`${fc1}.weight`]).toEqual(['float32', [3, 2], [1, 2, 3, 4, 5, 6]])
})

test('a matrix without a bias is the projection of the tower that flows into it', () => {
  const projected = exported((model) => {
    const add = model.graph?.node[3]
    if (add !== undefined) add.input[0] = 'product'
  })
  expect(Object.keys(weightsOf(projected))).toContain('text_projection.weight')
})

test('of equal weights an exporter keeps one; the others have their names all the same', () => {
  const shared = exported((model) => {
    const [node] =
      create(ModelProtoSchema, {
        graph: { node: [{ opType: 'Identity', input: [`${fc1}.bias`], output: ['text_model.final_layer_norm.bias'] }] },
      }).graph?.node ?? []
    if (node !== undefined) model.graph?.node.unshift(node)
  })
  expect(weightsOf(shared)['text_model.final_layer_norm.bias']).toEqual(bias)
})

test('the graph says which activation it has', () => {
  const withSigmoid = exported((model) => {
    const [node] =
      create(ModelProtoSchema, {
        graph: { node: [{ opType: 'Sigmoid', input: ['y'], output: ['s'] }] },
      }).graph?.node ?? []
    if (node !== undefined) model.graph?.node.push(node)
  })
  const activations = [exported(), withSigmoid].map((bytes) =>
    readOnnxExport(bytesSource('model.onnx', bytes))?.metadata.get('activation'),
  )
  expect(activations).toEqual(['unknown', 'quick_gelu'])
})

test('any other model is none of its business', () => {
  const other = exported((model) => {
    model.graph?.initializer.forEach((weights, index) => (weights.name = `w${index}`))
    model.graph?.node.splice(1)
    if (model.graph !== undefined) model.graph.output = []
  })
  expect(readOnnxExport(bytesSource('model.onnx', other))).toBe(null)
})

test('domains that tools declare and no node uses are passed over', () => {
  const declared = exported((model) => {
    model.opsetImport.push(
      ...create(ModelProtoSchema, { opsetImport: [{ domain: 'com.microsoft', version: 1n }] }).opsetImport,
    )
  })
  expect(Object.keys(weightsOf(declared))).toHaveLength(3)
})
