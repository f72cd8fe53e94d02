import * as ort from 'onnxruntime-node'
import { expect, test } from 'vitest'

import { GraphBuilder } from '#main/packs/onnx/graph-builder.ts'
import { float32Of, type Tensor } from '#main/packs/onnx/tensor.ts'
import { blockLinear } from '#main/packs/quantise/block-linear.ts'
import { integerLinear } from '#main/packs/quantise/integer-linear.ts'
import { RandomWeights } from '#main/packs/tiny/random-weights.ts'

type Linear = typeof integerLinear

async function relativeError(linear: Linear, inputs: number, outputs: number, rows: number): Promise<number> {
  const random = new RandomWeights(7)
  random.normal('weight', [outputs, inputs], 1)
  random.normal('x', [rows, inputs], 1)
  const [weight, x] = ['weight', 'x'].map((name) => random.tensors().get(name))
  if (weight === undefined || x === undefined) throw new Error('Both were drawn.')

  const found = await productOf(linear, weight, float32Of(x), rows)
  const exact = product2d(float32Of(x), float32Of(weight), rows, inputs, outputs)
  const size = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))
  return size(exact.map((value, index) => value - (found[index] ?? Infinity))) / size(exact)
}

/** `x · weightᵀ` as the int8 graphs have it. @param weight `[out, in]` */
async function productOf(linear: Linear, weight: Tensor, x: Float32Array, rows: number): Promise<Float32Array> {
  const [outputs = 0, inputs = 0] = weight.dims
  const graph = new GraphBuilder('int8')
  const product = linear(graph, 'layer', graph.input('x', 'float32', ['rows', inputs]), weight)
  graph.output(graph.rename(product, 'y'), 'float32', ['rows', outputs])
  const session = await ort.InferenceSession.create(graph.toBytes(), { intraOpNumThreads: 1 })
  const { y } = await session.run({ x: new ort.Tensor('float32', x, [rows, inputs]) })
  await session.release()
  return y?.data as Float32Array
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
  ['blocks, one row', blockLinear, 256, 96, 1],
  ['blocks, several rows', blockLinear, 256, 96, 5],
  ['inputs that do not fill a block', blockLinear, 200, 32, 3],
  ['fewer inputs than a block', blockLinear, 32, 32, 2],
  ['integers, one row', integerLinear, 256, 96, 1],
  ['integers, several rows', integerLinear, 256, 96, 5],
  ['integers, odd numbers', integerLinear, 201, 33, 3],
] as const)('8 bits lose a per cent or two: %s', async (_, linear, inputs, outputs, rows) => {
  const error = await relativeError(linear, inputs, outputs, rows)
  expect(error).toBeLessThan(linear === integerLinear ? 0.02 : 0.015)
  // Exactly nothing lost would mean that the product was not an 8-bit one.
  expect(error).toBeGreaterThan(1e-4)
})

test('a product of integers: a row alone, among others and beside a row of zeros comes out the same in every bit', async () => {
  const random = new RandomWeights(7)
  random.normal('weight', [48, 200], 1)
  random.normal('x', [5, 200], 1)
  const [weight, x] = ['weight', 'x'].map((name) => random.tensors().get(name))
  if (weight === undefined || x === undefined) throw new Error('Both were drawn.')
  const rows = float32Of(x)
  rows.fill(0, 600, 800)
  const together = await productOf(integerLinear, weight, rows, 5)
  const alone = await Promise.all(
    [0, 1, 2, 3, 4].map((row) => productOf(integerLinear, weight, rows.slice(row * 200, (row + 1) * 200), 1)),
  )
  expect(alone.map((row) => [...row])).toEqual(
    [0, 1, 2, 3, 4].map((row) => [...together.subarray(row * 48, (row + 1) * 48)]),
  )
  expect([...together.subarray(144, 192)].every((value) => value === 0)).toBe(true)
})
