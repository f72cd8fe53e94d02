import { StudioError } from '#app/contract/errors.ts'

import { GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { reshaped } from '../onnx/tensor.ts'
import type { DvaeDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { convolution, likeliestCodes, outputCodes, type FeatureMap } from './convolution.ts'
import { withPaletteCodes } from './palette.ts'
import { inputPlanes, inRange, logitLaplaceRange, unitRange, type CodecOptions } from './pixels.ts'
import { residualGroup, type ResidualContext } from './residual-blocks.ts'
import { WeightWriter } from './weight-writer.ts'

/**
 * `pixels` `[B, height, width, 3]` (RGB) → `codes` int64 `[B, rows, columns]`, the likeliest code of each cell (paper §2.1), below the rows of
 * the palette if there is one.
 * Throws `packInvalid` when the weights do not fit the description.
 */
export function buildDvaeEncoder(
  dvae: DvaeDescription,
  weights: WeightSet,
  { storage, pixels = 'uint8' }: CodecOptions,
): GraphBuilder {
  const { encoder } = dvae
  if (encoder === undefined) throw new StudioError('packInvalid', 'model.json: dvae.encoder is missing.')
  const graph = new GraphBuilder('dvae-encoder')
  const context: ResidualContext = { graph, weights, writer: new WeightWriter(graph, storage), gain: dvae.gain }

  const range = dvae.pixels === 'unit' ? unitRange : logitLaplaceRange
  const input = inputPlanes(graph, pixels, dvae.palette ? unitRange : range)
  const planes = dvae.palette ? inRange(graph, input, range) : input
  let x: FeatureMap = { value: planes, channels: 3 }
  x = convolution(context, 'encoder.input', x, { stride: encoder.inputStride })
  encoder.downsample.forEach((factor, group) => {
    x = residualGroup(context, `encoder.groups.${group}`, x)
    if (factor > 1) x = { ...x, value: maxPool(graph, x.value, factor) }
  })
  const weight = weights.take('encoder.output.weight', [null, x.channels, 1, 1])
  const [codes = 0] = weight.dims
  const features = { ...x, value: graph.node('Relu', [x.value]) }
  const matrix = reshaped(weight, [codes, x.channels])
  const bias = weights.take('encoder.output.bias', [codes])
  const grid = likeliestCodes(context, 'encoder.output', features, matrix, bias)
  outputCodes(graph, dvae.palette ? withPaletteCodes(context, dvae, dvae.palette, input, grid) : grid)
  return graph
}

function maxPool(graph: GraphBuilder, x: Value, factor: number): Value {
  return graph.node('MaxPool', [x], { attributes: { kernel_shape: [factor, factor], strides: [factor, factor] } })
}
