import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { float32Of, lazyTensor, type Tensor } from '../onnx/tensor.ts'

import type { FeatureMap, GraphContext } from './convolution.ts'

/**
 * Nearest-neighbour enlargement by `factor`, then a "same" convolution, as one convolution on the small map: the `factor²` pixels that one
 * cell becomes are drawn as channels and then put side by side. The same sums in another order; few output channels, such as RGB, no
 * longer waste most of ONNX Runtime's blocks of 16.
 */
export function enlargedConvolution(
  { graph, weights, writer }: GraphContext,
  name: string,
  x: FeatureMap,
  factor: number,
): FeatureMap {
  const weight = weights.take(`${name}.weight`, [null, x.channels, null, null])
  const [channels = 0, , size = 0] = weight.dims
  const bias = weights.take(`${name}.bias`, [channels])
  const radius = Math.ceil(Math.floor(size / 2) / factor)
  const inputs = [
    x.value,
    writer.weight(`${name}.phases.weight`, phaseKernels(weight, factor, radius)),
    writer.weight(`${name}.phases.bias`, repeated(bias, factor ** 2)),
  ]
  const kernel = 2 * radius + 1
  const phases = graph.node('Conv', inputs, {
    attributes: { kernel_shape: [kernel, kernel], pads: [radius, radius, radius, radius] },
  })
  return { value: shuffled(graph, phases, factor), channels }
}

/** Channels put side by side as blocks of `factor × factor` pixels, as PyTorch's `pixel_shuffle`. */
export function shuffled(graph: GraphBuilder, x: Value, factor: number): Value {
  if (factor === 1) return x
  return graph.node('DepthToSpace', [x], { attributes: { blocksize: factor, mode: 'CRD' } })
}

/**
 * `[out, in, size, size]` → `[out · factor², in, 2·radius + 1, 2·radius + 1]`. Taps that fall on copies of one cell are added up: tap `t` of
 * the pixel at `phase` inside its cell reads the cell `⌊(phase + t − ⌊size / 2⌋) / factor⌋` further.
 */
function phaseKernels(weight: Tensor, factor: number, radius: number): Tensor {
  const [outputs = 0, inputs = 0, size = 0] = weight.dims
  const kernel = 2 * radius + 1
  const cellOf = (phase: number, tap: number) => Math.floor((phase + tap - Math.floor(size / 2)) / factor) + radius
  return lazyTensor('float32', [outputs * factor ** 2, inputs, kernel, kernel], () => {
    const source = float32Of(weight)
    const result = new Float32Array(outputs * factor ** 2 * inputs * kernel ** 2)
    for (let index = 0; index < source.length; index += 1) {
      const [column, row] = [index % size, Math.floor(index / size) % size]
      const input = Math.floor(index / size ** 2) % inputs
      const output = Math.floor(index / (size ** 2 * inputs))
      for (let phase = 0; phase < factor ** 2; phase += 1) {
        const cell = cellOf(Math.floor(phase / factor), row) * kernel + cellOf(phase % factor, column)
        const target = ((output * factor ** 2 + phase) * inputs + input) * kernel ** 2 + cell
        result[target] = (result[target] ?? 0) + (source[index] ?? 0)
      }
    }
    return result
  })
}

/** Each element `times` times. */
function repeated(source: Tensor, times: number): Tensor {
  return lazyTensor('float32', [(source.dims[0] ?? 0) * times], () => {
    const values = float32Of(source)
    return Float32Array.from({ length: values.length * times }, (_, index) => values[Math.floor(index / times)] ?? 0)
  })
}
