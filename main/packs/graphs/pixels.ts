import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'

import type { WeightStorage } from './weight-writer.ts'

/** `uint8` is 0–255, what the engine uses; `float32` is [0, 1], for comparisons with other programs. */
export type PixelType = 'uint8' | 'float32'

/** How the graph of an encoder or decoder of pictures is written. */
export interface CodecOptions {
  readonly storage: WeightStorage
  /** Default: uint8, the only type in packs. */
  readonly pixels?: PixelType
}

/** The range a model's planes use instead of [0, 1]: `value = scale · x + offset`. */
export interface PixelRange {
  readonly scale: number
  readonly offset: number
}

export const unitRange: PixelRange = { scale: 1, offset: 0 }
/** Logit-Laplace (paper §3.1): both ends of the scale stay clear of the logits' infinities. */
export const logitLaplaceRange: PixelRange = { scale: 0.8, offset: 0.1 }
export const signedRange: PixelRange = { scale: 2, offset: -1 }

const pictureDims = ['batch', 'height', 'width', 3] as const

/** The input `pixels` `[B, height, width, 3]` (RGB) as planes `[B, 3, height, width]` in the model's range. */
export function inputPlanes(graph: GraphBuilder, type: PixelType, range: PixelRange): Value {
  const pixels = graph.input('pixels', type, pictureDims)
  const numbers = type === 'float32' ? pixels : graph.node('Cast', [pixels], { attributes: { to: 1 } })
  const planes = graph.node('Transpose', [numbers], { attributes: { perm: [0, 3, 1, 2] } })
  return inRange(graph, planes, { ...range, scale: range.scale / (type === 'float32' ? 1 : 255) })
}

/** Planes of [0, 1] in a model's range. */
export function inRange(graph: GraphBuilder, planes: Value, { scale, offset }: PixelRange): Value {
  const scaled = scale === 1 ? planes : graph.node('Mul', [planes, graph.float(scale)])
  return offset === 0 ? scaled : graph.node('Add', [scaled, graph.float(offset)])
}

/**
 * Declares the output `pixels` `[B, height, width, 3]` (RGB) made of planes `[B, 3, height, width]` in the model's range.
 * @param name of the output, where `pixels` is the input's
 */
export function outputPixels(
  graph: GraphBuilder,
  planes: Value,
  type: PixelType,
  range: PixelRange,
  name = 'pixels',
): void {
  const unit = toUnit(graph, planes, range)
  const pixels = graph.rename(type === 'float32' ? interleaved(graph, unit) : toBytes(graph, unit), name)
  // Other names for its sides than those of the input, which are not the same numbers.
  const dims = name === 'pixels' ? pictureDims : (['batch', `${name}_height`, `${name}_width`, 3] as const)
  graph.output(pixels, type, dims)
}

/** Declares the output `pixels` `[B, height, width, 3]` (RGB) made of values of that shape, in [0, 1] or to be clamped to it. */
export function outputInterleavedPixels(graph: GraphBuilder, values: Value, type: PixelType): void {
  const unit = toUnit(graph, values, unitRange)
  const pixels = type === 'float32' ? unit : graph.node('Cast', [scaledToBytes(graph, unit)], { attributes: { to: 2 } })
  graph.output(graph.rename(pixels, 'pixels'), type, pictureDims)
}

function toUnit(graph: GraphBuilder, planes: Value, { scale, offset }: PixelRange): Value {
  const shifted = offset === 0 ? planes : graph.node('Sub', [planes, graph.float(offset)])
  const unit = scale === 1 ? shifted : graph.node('Mul', [shifted, graph.float(1 / scale)])
  return graph.node('Clip', [unit, graph.float(0), graph.float(1)])
}

function toBytes(graph: GraphBuilder, unit: Value): Value {
  return graph.node('Cast', [interleaved(graph, scaledToBytes(graph, unit))], { attributes: { to: 2 } })
}

/** The cast truncates, so adding one half first rounds. */
function scaledToBytes(graph: GraphBuilder, unit: Value): Value {
  return graph.node('Add', [graph.node('Mul', [unit, graph.float(255)]), graph.float(0.5)])
}

function interleaved(graph: GraphBuilder, planes: Value): Value {
  return graph.node('Transpose', [planes], { attributes: { perm: [0, 2, 3, 1] } })
}
