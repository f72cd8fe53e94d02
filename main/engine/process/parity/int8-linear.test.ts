import * as ort from 'onnxruntime-node'
import { expect, test } from 'vitest'

import { GraphBuilder } from '#main/packs/onnx/graph-builder.ts'
import { float32Of } from '#main/packs/onnx/tensor.ts'
import { int8Linear } from '#main/packs/quantise/int8-linear.ts'
import { RandomWeights } from '#main/packs/tiny/random-weights.ts'

async function relativeError(inputs: number, outputs: number, rows: number): Promise<number> {
  const random = new RandomWeights(7)
  random.normal('weight', [outputs, inputs], 1)
  random.normal('x', [rows, inputs], 1)
  const [weight, x] = ['weight', 'x'].map((name) => random.tensors().get(name))
  if (weight === undefined || x === undefined) throw new Error('Both were drawn.')

  const graph = new GraphBuilder('int8')
  const product = int8Linear(graph, 'layer', graph.input('x', 'float32', ['rows', inputs]), weight)
  graph.output(graph.rename(product, 'y'), 'float32', ['rows', outputs])
  const session = await ort.InferenceSession.create(graph.toBytes(), { intraOpNumThreads: 1 })
  const { y } = await session.run({ x: new ort.Tensor('float32', float32Of(x), [rows, inputs]) })
  await session.release()

  const found = y?.data as Float32Array
  const exact = product2d(float32Of(x), float32Of(weight), rows, inputs, outputs)
  const size = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))
  return size(exact.map((value, index) => value - (found[index] ?? Infinity))) / size(exact)
}

/** `x · weightᵀ` in float64. */
function product2d(x: Float32Array, weight: Float32Array, rows: number, inputs: number, outputs: number): number[] {
  return Array.from({ length: rows * outputs }, (_, index) => {
    const [row, output] = [Math.floor(index / outputs), index % outputs]
    let sum = 0
    for (let i = 0; i < inputs; i += 1) sum += (x[row * inputs + i] ?? 0) * (weight[output * inputs + i] ?? 0)
    return sum
  })
}

test.each([
  ['one row', 256, 96, 1],
  ['several rows', 256, 96, 5],
  ['inputs that do not fill a block', 200, 32, 3],
  ['fewer inputs than a block', 32, 32, 2],
])('8-bit blocks lose about one per cent: %s', async (_, inputs, outputs, rows) => {
  const error = await relativeError(inputs, outputs, rows)
  expect(error).toBeLessThan(0.015)
  // Exactly nothing lost would mean that the product was not an 8-bit one.
  expect(error).toBeGreaterThan(1e-4)
})
