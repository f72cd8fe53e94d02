import { StudioError } from '#app/contract/errors.ts'

import { omitted, type GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { float32Of, lazyTensor, tensor, type Tensor } from '../onnx/tensor.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import type { WeightWriter } from './weight-writer.ts'

/** What the parts of a graph that is written from one set of weights share. */
export interface GraphContext {
  readonly graph: GraphBuilder
  readonly weights: WeightSet
  readonly writer: WeightWriter
}

/** A feature map `[B, channels, height, width]`. */
export interface FeatureMap {
  readonly value: Value
  readonly channels: number
}

/**
 * A "same" convolution: the picture shrinks by exactly `stride`. What the padding cannot split evenly goes to the right and below.
 * @param scale multiplies weight and bias: constant factors cost nothing at run time.
 */
export function convolution(
  { weights, graph, writer }: GraphContext,
  name: string,
  x: FeatureMap,
  { stride = 1, scale = 1 } = {},
): FeatureMap {
  const weight = weights.take(`${name}.weight`, [null, x.channels, null, null])
  const [channels = 0, , height = 0, width = 0] = weight.dims
  const bias = weights.take(`${name}.bias`, [channels])
  const inputs = [
    x.value,
    writer.weight(`${name}.weight`, scaled(weight, scale)),
    writer.weight(`${name}.bias`, scaled(bias, scale)),
  ]
  const value = graph.node('Conv', inputs, {
    attributes: {
      kernel_shape: [height, width],
      pads: samePads(name, height, width, stride),
      strides: [stride, stride],
    },
  })
  return { value, channels }
}

/** Nearest-neighbour enlargement by a whole factor. */
export function enlarged(graph: GraphBuilder, x: FeatureMap, factor: number): FeatureMap {
  const scales = graph.initializer(`${x.value}.scales`, tensor('float32', [4], Float32Array.of(1, 1, factor, factor)))
  const value = graph.node('Resize', [x.value, omitted, scales], {
    // This pair of modes is the one ONNX Runtime has a fast path for; for whole factors all pairs agree.
    attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  })
  return { ...x, value }
}

/** The input `codes` int64 `[B, rows, columns]` of a decoder. */
export function inputCodes(graph: GraphBuilder): Value {
  return graph.input('codes', 'int64', ['batch', 'rows', 'columns'])
}

/**
 * The embedding of each of the codes int64 `[B, rows, columns]`, as a feature map. A first 1×1 convolution on one-hot codes, as in the
 * paper, is the same table.
 */
export function codeEmbeddings({ graph, weights, writer }: GraphContext, codes: Value = inputCodes(graph)): FeatureMap {
  const codebook = weights.take('decoder.codebook.weight', [null, null])
  const gathered = graph.node('Gather', [writer.weight('decoder.codebook.weight', codebook), codes])
  const value = graph.node('Transpose', [gathered], { attributes: { perm: [0, 3, 1, 2] } })
  return { value, channels: codebook.dims[1] ?? 0 }
}

type LikeliestParts = readonly [name: string, x: FeatureMap, weight: Tensor, bias: Tensor]

/**
 * The likeliest code of each cell, int64 `[B, rows, columns]`.
 * The logits are a matmul on `[B, rows, columns, channels]`, so that the argmax runs over neighbours in memory.
 * @param weight `[codes, channels]`
 */
export function likeliestCodes({ graph, writer }: GraphContext, ...[name, x, weight, bias]: LikeliestParts): Value {
  const cells = graph.node('Transpose', [x.value], { attributes: { perm: [0, 2, 3, 1] } })
  const logits = writer.linear(name, cells, weight, bias)
  return graph.node('ArgMax', [logits], { attributes: { axis: -1, keepdims: 0 } })
}

/** The likeliest codes as the output `codes`: an encoder that has nothing else to say. */
export function outputLikeliestCodes(context: GraphContext, ...parts: LikeliestParts): void {
  outputCodes(context.graph, likeliestCodes(context, ...parts))
}

/** Declares the output `codes` int64 `[B, rows, columns]` of an encoder. */
export function outputCodes(graph: GraphBuilder, codes: Value): void {
  graph.output(graph.rename(codes, 'codes'), 'int64', ['batch', 'rows', 'columns'])
}

function samePads(name: string, height: number, width: number, stride: number): number[] {
  const totals = [height - stride, width - stride]
  if (totals.some((total) => total < 0)) {
    throw new StudioError('packInvalid', `${name}: a ${height}×${width} kernel cannot cover a stride of ${stride}.`)
  }
  const before = totals.map((total) => Math.floor(total / 2))
  return [...before, ...totals.map((total, axis) => total - (before[axis] ?? 0))]
}

function scaled(source: Tensor, scale: number): Tensor {
  if (scale === 1) return source
  return lazyTensor('float32', source.dims, () => float32Of(source).map((value) => value * scale))
}
