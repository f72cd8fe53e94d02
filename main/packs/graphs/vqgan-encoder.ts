import { StudioError } from '#app/contract/errors.ts'

import { GraphBuilder } from '../onnx/graph-builder.ts'
import { float32Of, lazyTensor, reshaped, type Tensor } from '../onnx/tensor.ts'
import type { DvaeDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { convolution, outputLikeliestCodes, type FeatureMap } from './convolution.ts'
import { inputPlanes, signedRange, type CodecOptions } from './pixels.ts'
import { normAndSwish, vqganLevel, vqganMiddle, type VqganContext } from './vqgan-blocks.ts'
import { WeightWriter } from './weight-writer.ts'

/**
 * `pixels` uint8 `[B, height, width, 3]` (RGB) → `codes` int64 `[B, rows, columns]`: the encoder of a VQGAN. With
 * `quantize.proj.*` the likeliest code of a Gumbel quantiser, else the nearest row of `decoder.codebook.weight`.
 * Throws `packInvalid` when the weights do not fit.
 */
export function buildVqganEncoder(
  { vqgan }: DvaeDescription,
  weights: WeightSet,
  { storage, pixels = 'uint8' }: CodecOptions,
): GraphBuilder {
  if (vqgan === undefined) throw new StudioError('packInvalid', 'model.json: dvae.vqgan is missing.')
  const graph = new GraphBuilder('vqgan-encoder')
  const writer = new WeightWriter(graph, storage)
  const context: VqganContext = { graph, weights, writer, normEps: vqgan.normEps }

  let x: FeatureMap = convolution(context, 'encoder.conv_in', {
    value: inputPlanes(graph, pixels, signedRange),
    channels: 3,
  })
  for (let level = 0; level < weights.countOf('encoder.down.'); level++) {
    const name = `encoder.down.${level}`
    x = vqganLevel(context, name, x)
    // Three by three with stride two: "same" padding is the published (0, 1, 0, 1), to the right and below.
    if (weights.has(`${name}.downsample.conv.weight`)) {
      x = convolution(context, `${name}.downsample.conv`, x, { stride: 2 })
    }
  }
  x = normAndSwish(context, 'encoder.norm_out', vqganMiddle(context, 'encoder.mid', x))
  x = convolution(context, 'quant_conv', convolution(context, 'encoder.conv_out', x))
  const { weight, bias } = weights.has('quantize.proj.weight')
    ? gumbelScores(weights, x.channels)
    : nearestScores(weights, x.channels)
  outputLikeliestCodes(context, 'quantize', x, weight, bias)
  return graph
}

function gumbelScores(weights: WeightSet, channels: number): { weight: Tensor; bias: Tensor } {
  const weight = weights.take('quantize.proj.weight', [null, channels, 1, 1])
  const [codes = 0] = weight.dims
  return { weight: reshaped(weight, [codes, channels]), bias: weights.take('quantize.proj.bias', [codes]) }
}

/** `−|z − e|²` has its maximum where `2·e·z − |e|²` has it. */
function nearestScores(weights: WeightSet, channels: number): { weight: Tensor; bias: Tensor } {
  const codebook = weights.take('decoder.codebook.weight', [null, channels])
  const [codes = 0] = codebook.dims
  return {
    weight: lazyTensor('float32', [codes, channels], () => float32Of(codebook).map((value) => 2 * value)),
    bias: lazyTensor('float32', [codes], () => negativeSquares(float32Of(codebook), channels)),
  }
}

/** `−|e|²` of each row. */
function negativeSquares(values: Float32Array, width: number): Float32Array {
  return Float32Array.from({ length: values.length / width }, (_, row) => {
    let sum = 0
    for (const value of values.subarray(row * width, (row + 1) * width)) sum -= value ** 2
    return sum
  })
}
