import { StudioError } from '#app/contract/errors.ts'

import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { float32Of, lazyTensor, type Tensor } from '../onnx/tensor.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import type { WeightWriter } from './weight-writer.ts'

/** What the parts of a dVAE graph share. */
export interface DvaeContext {
  readonly graph: GraphBuilder
  readonly weights: WeightSet
  readonly writer: WeightWriter
  /** Factor of every residual branch. */
  readonly gain: number
}

/** A feature map `[B, channels, height, width]`. */
export interface FeatureMap {
  readonly value: Value
  readonly channels: number
}

/**
 * A "same" convolution: the picture shrinks by exactly `stride`.
 * @param scale multiplies weight and bias: constant factors cost nothing at run time.
 */
export function convolution(
  { weights, graph, writer }: DvaeContext,
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

/** The blocks of group `name` one after another: `id_path(x) + gain · res_path(x)`, `res_path` = [ReLU, convolution]…. */
export function residualGroup(context: DvaeContext, name: string, x: FeatureMap): FeatureMap {
  const { graph, weights } = context
  const blockCount = weights.countOf(`${name}.blocks.`)
  let result = x
  for (let block = 0; block < blockCount; block += 1) {
    const blockName = `${name}.blocks.${block}`
    const skip = weights.has(`${blockName}.id_path.weight`)
      ? convolution(context, `${blockName}.id_path`, result)
      : result
    const branch = residualBranch(context, `${blockName}.res_path.`, result)
    if (branch.channels !== skip.channels) {
      const shapes = `${branch.channels} channels meet ${skip.channels}`
      throw new StudioError('packInvalid', `${blockName}: ${shapes}; an id_path convolution must make them equal.`)
    }
    result = { value: graph.node('Add', [skip.value, branch.value]), channels: branch.channels }
  }
  return result
}

function residualBranch(context: DvaeContext, prefix: string, x: FeatureMap): FeatureMap {
  const count = context.weights.countOf(prefix)
  if (count === 0) throw new StudioError('packInvalid', `${prefix}0.weight is missing.`)
  let branch = x
  for (let index = 0; index < count; index += 1) {
    const activated = { ...branch, value: context.graph.node('Relu', [branch.value]) }
    branch = convolution(context, `${prefix}${index}`, activated, { scale: index === count - 1 ? context.gain : 1 })
  }
  return branch
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
