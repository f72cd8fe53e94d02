import { StudioError } from '#app/contract/errors.ts'

import { GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import type { DvaeDescription } from '../weights/model-description.ts'
import { reshaped } from '../onnx/tensor.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { convolution, residualGroup, type DvaeContext, type FeatureMap } from './residual-blocks.ts'
import { WeightWriter, type WeightStorage } from './weight-writer.ts'

export interface DvaeEncoderOptions {
  readonly storage: WeightStorage
  /** `uint8` is 0–255, what the engine uses; `float32` is [0, 1], for comparisons. */
  readonly pixels?: 'uint8' | 'float32'
}

/**
 * `pixels` `[B, height, width, 3]` (RGB) → `codes` int64 `[B, rows, columns]`, the likeliest code of each cell (paper §2.1).
 * Throws `packInvalid` when the weights do not fit the description.
 */
export function buildDvaeEncoder(
  dvae: DvaeDescription,
  weights: WeightSet,
  { storage, pixels = 'uint8' }: DvaeEncoderOptions,
): GraphBuilder {
  const { encoder } = dvae
  if (encoder === undefined) throw new StudioError('packInvalid', 'model.json: dvae.encoder is missing.')
  const graph = new GraphBuilder('dvae-encoder')
  const context: DvaeContext = { graph, weights, writer: new WeightWriter(graph, storage), gain: dvae.gain }

  let x: FeatureMap = { value: picturePlanes(graph, dvae.pixels, pixels), channels: 3 }
  x = convolution(context, 'encoder.input', x, { stride: encoder.inputStride })
  encoder.downsample.forEach((factor, group) => {
    x = residualGroup(context, `encoder.groups.${group}`, x)
    if (factor > 1) x = { ...x, value: maxPool(graph, x, factor) }
  })
  graph.output(graph.rename(likeliestCodes(context, x), 'codes'), 'int64', ['batch', 'rows', 'columns'])
  return graph
}

function picturePlanes(graph: GraphBuilder, range: DvaeDescription['pixels'], type: 'uint8' | 'float32'): Value {
  const pixels = graph.input('pixels', type, ['batch', 'height', 'width', 3])
  const numbers = type === 'float32' ? pixels : graph.node('Cast', [pixels], { attributes: { to: 1 } })
  const planes = graph.node('Transpose', [numbers], { attributes: { perm: [0, 3, 1, 2] } })
  const white = type === 'float32' ? 1 : 255
  if (range === 'unit') return white === 1 ? planes : graph.node('Mul', [planes, graph.float(1 / white)])
  // Logit-Laplace (paper §3.1): the encoder sees 0.8·x + 0.1.
  return graph.node('Add', [graph.node('Mul', [planes, graph.float(0.8 / white)]), graph.float(0.1)])
}

function maxPool(graph: GraphBuilder, x: FeatureMap, factor: number) {
  return graph.node('MaxPool', [x.value], { attributes: { kernel_shape: [factor, factor], strides: [factor, factor] } })
}

/** As a matmul on `[B, rows, columns, channels]`: the argmax then runs over neighbours in memory. */
function likeliestCodes({ graph, weights, writer }: DvaeContext, x: FeatureMap) {
  const weight = weights.take('encoder.output.weight', [null, x.channels, 1, 1])
  const [vocabulary = 0] = weight.dims
  const bias = weights.take('encoder.output.bias', [vocabulary])
  const features = graph.node('Transpose', [graph.node('Relu', [x.value])], { attributes: { perm: [0, 2, 3, 1] } })
  const logits = writer.linear('encoder.output', features, reshaped(weight, [vocabulary, x.channels]), bias)
  return graph.node('ArgMax', [logits], { attributes: { axis: -1, keepdims: 0 } })
}
