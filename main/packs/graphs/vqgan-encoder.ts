import { StudioError } from '#app/contract/errors.ts'

import { GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { float32Of, reshaped, tensor, type Tensor } from '../onnx/tensor.ts'
import type { DvaeDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { convolution, type FeatureMap } from './residual-blocks.ts'
import { normAndSwish, vqganLevel, vqganMiddle, type VqganContext } from './vqgan-blocks.ts'
import { WeightWriter, type WeightStorage } from './weight-writer.ts'

/**
 * `pixels` uint8 `[B, height, width, 3]` (RGB) → `codes` int64 `[B, rows, columns]`: the encoder of a VQGAN. With
 * `quantize.proj.*` the likeliest code of a Gumbel quantiser, else the nearest row of `decoder.codebook.weight`.
 * Throws `packInvalid` when the weights do not fit.
 */
export function buildVqganEncoder(
  { vqgan }: DvaeDescription,
  weights: WeightSet,
  { storage, pixels = 'uint8' }: { readonly storage: WeightStorage; readonly pixels?: 'uint8' | 'float32' },
): GraphBuilder {
  if (vqgan === undefined) throw new StudioError('packInvalid', 'model.json: dvae.vqgan is missing.')
  const graph = new GraphBuilder('vqgan-encoder')
  const writer = new WeightWriter(graph, storage)
  const context: VqganContext = { graph, weights, writer, gain: 1, normEps: vqgan.normEps }

  let x = convolution(context, 'encoder.conv_in', { value: signedPlanes(graph, pixels), channels: 3 })
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
  graph.output(graph.rename(codesOf(context, x), 'codes'), 'int64', ['batch', 'rows', 'columns'])
  return graph
}

/** RGB in [−1, 1]. */
function signedPlanes(graph: GraphBuilder, pixels: 'uint8' | 'float32'): Value {
  const input = graph.input('pixels', pixels, ['batch', 'height', 'width', 3])
  const numbers = pixels === 'uint8' ? graph.node('Cast', [input], { attributes: { to: 1 } }) : input
  const planes = graph.node('Transpose', [numbers], { attributes: { perm: [0, 3, 1, 2] } })
  const scale = pixels === 'uint8' ? 2 / 255 : 2
  return graph.node('Sub', [graph.node('Mul', [planes, graph.float(scale)]), graph.float(1)])
}

function codesOf({ graph, weights, writer }: VqganContext, x: FeatureMap): Value {
  const features = graph.node('Transpose', [x.value], { attributes: { perm: [0, 2, 3, 1] } })
  const { weight, bias } = weights.has('quantize.proj.weight')
    ? gumbelScores(weights, x.channels)
    : nearestScores(weights, x.channels)
  const scores = writer.linear('quantize', features, weight, bias)
  return graph.node('ArgMax', [scores], { attributes: { axis: -1, keepdims: 0 } })
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
  const values = float32Of(codebook)
  const bias = new Float32Array(codes)
  for (let code = 0; code < codes; code++) {
    let sum = 0
    for (let i = 0; i < channels; i++) sum += (values[code * channels + i] ?? 0) ** 2
    bias[code] = -sum
  }
  return {
    weight: tensor(
      'float32',
      [codes, channels],
      values.map((value) => 2 * value),
    ),
    bias: tensor('float32', [codes], bias),
  }
}
