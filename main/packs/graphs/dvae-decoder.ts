import { GraphBuilder, omitted, type Value } from '../onnx/graph-builder.ts'
import { tensor } from '../onnx/tensor.ts'
import type { DvaeDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { convolution, residualGroup, type DvaeContext, type FeatureMap } from './residual-blocks.ts'
import { WeightWriter, type WeightStorage } from './weight-writer.ts'

export interface DvaeDecoderOptions {
  readonly storage: WeightStorage
  /** `uint8` rounds to 0–255, what the engine uses; `float32` gives [0, 1] before rounding, for comparisons. */
  readonly pixels?: 'uint8' | 'float32'
}

/**
 * `codes` int64 `[B, rows, columns]` → `pixels` `[B, height, width, 3]` (RGB).
 * Throws `packInvalid` when the weights do not fit the description.
 */
export function buildDvaeDecoder(
  dvae: DvaeDescription,
  weights: WeightSet,
  { storage, pixels = 'uint8' }: DvaeDecoderOptions,
): GraphBuilder {
  const graph = new GraphBuilder('dvae-decoder')
  const context: DvaeContext = { graph, weights, writer: new WeightWriter(graph, storage), gain: dvae.gain }

  let x = codeEmbeddings(context)
  dvae.decoder.upsample.forEach((factor, group) => {
    x = residualGroup(context, `decoder.groups.${group}`, x)
    if (factor > 1) x = { ...x, value: upsample(graph, x.value, factor) }
  })
  x = convolution(context, 'decoder.output', { ...x, value: graph.node('Relu', [x.value]) })
  const picture = rgb(graph, dvae.pixels === 'unit' ? x.value : laplaceMean(graph, x.value), pixels)
  graph.output(graph.rename(picture, 'pixels'), pixels, ['batch', 'height', 'width', 3])
  return graph
}

/** The first 1×1 convolution on one-hot codes is a row of the codebook. */
export function codeEmbeddings({ graph, weights, writer }: DvaeContext): FeatureMap {
  const codes = graph.input('codes', 'int64', ['batch', 'rows', 'columns'])
  const codebook = weights.take('decoder.codebook.weight', [null, null])
  const gathered = graph.node('Gather', [writer.weight('decoder.codebook.weight', codebook), codes])
  const value = graph.node('Transpose', [gathered], { attributes: { perm: [0, 3, 1, 2] } })
  return { value, channels: codebook.dims[1] ?? 0 }
}

/** Nearest-neighbour upsampling by a whole factor. */
export function upsample(graph: GraphBuilder, x: Value, factor: number): Value {
  const scales = graph.initializer(`${x}.scales`, tensor('float32', [4], Float32Array.of(1, 1, factor, factor)))
  return graph.node('Resize', [x, omitted, scales], {
    // This pair of modes is the one ONNX Runtime has a fast path for; for whole factors all pairs agree.
    attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  })
}

/** Paper §A.3: the first three channels are the means in logit space, scaled to leave 0.1 at both ends. */
function laplaceMean(graph: GraphBuilder, x: Value): Value {
  const range = [graph.int64([0]), graph.int64([3]), graph.int64([1])] as const
  const mean = graph.node('Sigmoid', [graph.node('Slice', [x, ...range])])
  return graph.node('Mul', [graph.node('Sub', [mean, graph.float(0.1)]), graph.float(1 / 0.8)])
}

/** Planes in [0, 1], clamped, as interleaved RGB. */
export function rgb(graph: GraphBuilder, planes: Value, pixels: 'uint8' | 'float32'): Value {
  const interleave = { attributes: { perm: [0, 2, 3, 1] } }
  const bounded = graph.node('Clip', [planes, graph.float(0), graph.float(1)])
  if (pixels === 'float32') return graph.node('Transpose', [bounded], interleave)
  // The cast truncates, so adding one half first rounds.
  const scaled = graph.node('Add', [graph.node('Mul', [bounded, graph.float(255)]), graph.float(0.5)])
  return graph.node('Cast', [graph.node('Transpose', [scaled], interleave)], { attributes: { to: 2 } })
}
