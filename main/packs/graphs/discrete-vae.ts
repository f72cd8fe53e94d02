import { StudioError } from '#app/contract/errors.ts'

import { GraphBuilder } from '../onnx/graph-builder.ts'
import { reshaped } from '../onnx/tensor.ts'
import type { DvaeDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { codeEmbeddings, convolution, outputLikeliestCodes, type FeatureMap, type GraphContext } from './convolution.ts'
import { inputPlanes, outputPixels, signedRange, type CodecOptions } from './pixels.ts'
import { WeightWriter } from './weight-writer.ts'

/**
 * `codes` → `pixels`, as `buildDvaeDecoder`: the DiscreteVAE of DALLE-pytorch. A 1×1 convolution and residual blocks where there are some, then
 * transposed convolutions that double the size.
 */
export function buildDiscreteVaeDecoder(
  _: DvaeDescription,
  weights: WeightSet,
  { storage, pixels = 'uint8' }: CodecOptions,
): GraphBuilder {
  const graph = new GraphBuilder('discrete-vae-decoder')
  const context: GraphContext = { graph, weights, writer: new WeightWriter(graph, storage) }
  let x = codeEmbeddings(context)
  if (weights.has('decoder.input.weight')) x = convolution(context, 'decoder.input', x)
  x = residualBlocks(context, 'decoder', x)
  for (let level = 0; level < weights.countOf('decoder.up.'); level++) x = doubled(context, `decoder.up.${level}`, x)
  outputPixels(graph, convolution(context, 'decoder.output', x).value, pixels, signedRange)
  return graph
}

/** `pixels` → `codes`: strided convolutions that halve the size, then residual blocks where there are some. */
export function buildDiscreteVaeEncoder(
  _: DvaeDescription,
  weights: WeightSet,
  { storage, pixels = 'uint8' }: CodecOptions,
): GraphBuilder {
  const graph = new GraphBuilder('discrete-vae-encoder')
  const context: GraphContext = { graph, weights, writer: new WeightWriter(graph, storage) }
  let x: FeatureMap = { value: inputPlanes(graph, pixels, signedRange), channels: 3 }
  for (let level = 0; level < weights.countOf('encoder.down.'); level++) {
    x = rectified(context, convolution(context, `encoder.down.${level}`, x, { stride: 2 }))
  }
  x = residualBlocks(context, 'encoder', x)
  const weight = weights.take('encoder.output.weight', [null, x.channels, 1, 1])
  const [codes = 0] = weight.dims
  const matrix = reshaped(weight, [codes, x.channels])
  outputLikeliestCodes(context, 'encoder.output', x, matrix, weights.take('encoder.output.bias', [codes]))
  return graph
}

/** `x + conv(relu(conv(relu(conv(x)))))`. */
function residualBlocks(context: GraphContext, half: 'encoder' | 'decoder', x: FeatureMap): FeatureMap {
  const { graph, weights } = context
  let result = x
  for (let block = 0; block < weights.countOf(`${half}.residual.`); block++) {
    const name = `${half}.residual.${block}`
    const first = rectified(context, convolution(context, `${name}.0`, result))
    const second = rectified(context, convolution(context, `${name}.1`, first))
    const branch = convolution(context, `${name}.2`, second)
    if (branch.channels !== result.channels)
      throw new StudioError('packInvalid', `${name}: ${branch.channels} channels meet ${result.channels}.`)
    result = { ...branch, value: graph.node('Add', [result.value, branch.value]) }
  }
  return result
}

function doubled(context: GraphContext, name: string, x: FeatureMap): FeatureMap {
  const { graph, weights, writer } = context
  // Transposed convolutions keep `[in, out, kh, kw]`.
  const weight = weights.take(`${name}.weight`, [x.channels, null, 4, 4])
  const channels = weight.dims[1] ?? 0
  const bias = weights.take(`${name}.bias`, [channels])
  const inputs = [x.value, writer.weight(`${name}.weight`, weight), writer.weight(`${name}.bias`, bias)]
  const value = graph.node('ConvTranspose', inputs, {
    attributes: { kernel_shape: [4, 4], pads: [1, 1, 1, 1], strides: [2, 2] },
  })
  return rectified(context, { value, channels })
}

function rectified({ graph }: GraphContext, x: FeatureMap): FeatureMap {
  return { ...x, value: graph.node('Relu', [x.value]) }
}
