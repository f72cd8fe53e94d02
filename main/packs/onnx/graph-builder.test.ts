import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { expect, test } from 'vitest'

import { GraphBuilder, omitted } from './graph-builder.ts'
import { lazyTensor, tensor } from './tensor.ts'

function affine(): GraphBuilder {
  const graph = new GraphBuilder('affine')
  const input = graph.input('x', 'float32', ['batch', 3])
  const weight = graph.initializer('weight', tensor('float32', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)))
  const product = graph.node('MatMul', [input, weight], { name: 'product' })
  const clipped = graph.node('Clip', [product, omitted, graph.float(2)], { name: 'clipped' })
  graph.output(graph.rename(clipped, 'y'), 'float32', ['batch', 2])
  return graph
}

test('a model reads back as what was built', () => {
  const model = fromBinary(ModelProtoSchema, affine().toBytes())
  expect({
    opsets: model.opsetImport.map(({ domain, version }) => [domain, version]),
    nodes: model.graph?.node.map(({ opType, input, output }) => [opType, input, output]),
    initializers: model.graph?.initializer.map(({ name, dims, dataType, rawData }) => [
      name,
      dims,
      dataType,
      rawData.length,
    ]),
    inputs: model.graph?.input.map(({ name }) => name),
    outputs: model.graph?.output.map(({ name }) => name),
  }).toEqual({
    opsets: [['', 21n]],
    nodes: [
      ['MatMul', ['x', 'weight'], ['product']],
      ['Clip', ['product', '', 'number_3'], ['clipped']],
      ['Identity', ['clipped'], ['y']],
    ],
    initializers: [
      ['weight', [3n, 2n], 1, 24],
      ['number_3', [], 1, 4],
    ],
    inputs: ['x'],
    outputs: ['y'],
  })
})

test('the bytes of a model do not depend on when it was built', () => {
  expect(affine().toBytes()).toEqual(affine().toBytes())
})

test('the contrib domain is imported only when a node needs it', () => {
  const graph = affine()
  graph.node('Gelu', [graph.input('z', 'float32', [1])], { domain: 'com.microsoft' })
  const model = fromBinary(ModelProtoSchema, graph.toBytes())
  expect(model.opsetImport.map(({ domain }) => domain)).toEqual(['', 'com.microsoft'])
})

test('a name can be used once', () => {
  const graph = affine()
  expect(() => graph.input('x', 'float32', [1])).toThrow('the value name "x" is empty or taken')
})

test('a float attribute must say so', () => {
  const graph = affine()
  const bad = () => graph.node('LeakyRelu', ['y' as never], { attributes: { alpha: 0.1 } })
  expect(bad).toThrow('Attribute alpha is an integer, not 0.1')
})

test('a tensor whose values do not fill its shape is refused', () => {
  expect(() => tensor('float32', [2, 2], new Float32Array(3))).toThrow('shape [2,2] was given 3 elements')
})

test('a model past the limit of protobuf is refused before its weights are made', () => {
  const graph = affine()
  const make = () => expect.fail('The weights were asked for.')
  graph.initializer('large', lazyTensor('float32', [2 ** 29], make))
  expect(() => graph.toBytes()).toThrow('passes the 2 GiB limit of ONNX')
})

test('a lazy tensor that makes other values than it says is refused', () => {
  const graph = affine()
  graph.initializer(
    'short',
    lazyTensor('float32', [3], () => new Float32Array(2)),
  )
  expect(() => graph.toBytes()).toThrow('shape [3] was given 2 elements')
})
