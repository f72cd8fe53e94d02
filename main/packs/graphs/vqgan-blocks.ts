import { StudioError } from '#app/contract/errors.ts'

import type { Value } from '../onnx/graph-builder.ts'
import { tensor } from '../onnx/tensor.ts'

import { convolution, type FeatureMap, type GraphContext } from './convolution.ts'

/** Of all VQGANs of the taming-transformers family. */
const groups = 32

/** What the parts of a VQGAN graph share. */
export interface VqganContext extends GraphContext {
  /** 1e-6 in taming-transformers, PyTorch's 1e-5 in min-dalle's port. */
  readonly normEps: number
}

/** GroupNorm as an instance norm over the channels of each group. */
export function groupNorm({ graph, weights, writer, normEps }: VqganContext, name: string, x: FeatureMap): FeatureMap {
  const { channels } = x
  if (channels % groups !== 0) {
    throw new StudioError('packInvalid', `${name}: ${channels} channels do not divide into ${groups} groups.`)
  }
  const ones = graph.initializer(`${name}.ones`, tensor('float32', [groups], new Float32Array(groups).fill(1)))
  const zeros = graph.initializer(`${name}.zeros`, tensor('float32', [groups], new Float32Array(groups)))
  const grouped = graph.node('Reshape', [x.value, graph.int64([0, groups, -1])])
  const unit = graph.node('InstanceNormalization', [grouped, ones, zeros], {
    attributes: { epsilon: { float: normEps } },
  })
  const back = graph.node('Reshape', [unit, graph.node('Shape', [x.value])])
  const perChannel = (part: 'weight' | 'bias'): Value => {
    const values = weights.take(`${name}.${part}`, [channels])
    return writer.weight(`${name}.${part}`, { ...values, dims: [channels, 1, 1] })
  }
  const value = graph.node('Add', [graph.node('Mul', [back, perChannel('weight')]), perChannel('bias')])
  return { value, channels }
}

/** `x · sigmoid(x)` after a group norm. */
export function normAndSwish(context: VqganContext, name: string, x: FeatureMap): FeatureMap {
  const normed = groupNorm(context, name, x)
  const gate = context.graph.node('Sigmoid', [normed.value])
  return { ...normed, value: context.graph.node('Mul', [normed.value, gate]) }
}

/** `shortcut(x) + conv2(swish(norm2(conv1(swish(norm1(x))))))`. */
export function vqganBlock(context: VqganContext, name: string, x: FeatureMap): FeatureMap {
  const first = convolution(context, `${name}.conv1`, normAndSwish(context, `${name}.norm1`, x))
  const branch = convolution(context, `${name}.conv2`, normAndSwish(context, `${name}.norm2`, first))
  const shortcut = ['nin_shortcut', 'conv_shortcut'].find((part) => context.weights.has(`${name}.${part}.weight`))
  const skip = shortcut === undefined ? x : convolution(context, `${name}.${shortcut}`, x)
  if (skip.channels !== branch.channels) {
    const shapes = `${branch.channels} channels meet ${skip.channels}`
    throw new StudioError('packInvalid', `${name}: ${shapes}; a shortcut must make them equal.`)
  }
  return { value: context.graph.node('Add', [skip.value, branch.value]), channels: branch.channels }
}

/** One head of attention between all cells of the map, added to it. */
export function vqganAttention(context: VqganContext, name: string, x: FeatureMap): FeatureMap {
  const { graph } = context
  const { channels } = x
  const normed = groupNorm(context, `${name}.norm`, x)
  const [q, k, v] = (['q', 'k', 'v'] as const).map((part) =>
    graph.node('Reshape', [convolution(context, `${name}.${part}`, normed).value, graph.int64([0, channels, -1])]),
  ) as [Value, Value, Value]
  const swap = { attributes: { perm: [0, 2, 1] } }
  const scores = graph.node('MatMul', [graph.node('Transpose', [q], swap), k])
  const scaled = graph.node('Mul', [scores, graph.float(channels ** -0.5)])
  const visibility = graph.node('Softmax', [scaled], { attributes: { axis: -1 } })
  const attended = graph.node('MatMul', [v, graph.node('Transpose', [visibility], swap)])
  const value = graph.node('Reshape', [attended, graph.node('Shape', [x.value])])
  const branch = convolution(context, `${name}.proj_out`, { value, channels })
  return { value: graph.node('Add', [x.value, branch.value]), channels }
}

/** Blocks `name.block.0` …, each followed by `name.attn.<i>` where there is one. */
export function vqganLevel(context: VqganContext, name: string, x: FeatureMap): FeatureMap {
  let result = x
  for (let block = 0; block < context.weights.countOf(`${name}.block.`); block++) {
    result = vqganBlock(context, `${name}.block.${block}`, result)
    const attention = `${name}.attn.${block}`
    if (context.weights.has(`${attention}.q.weight`)) result = vqganAttention(context, attention, result)
  }
  return result
}

/** The middle: block, attention, block. */
export function vqganMiddle(context: VqganContext, name: string, x: FeatureMap): FeatureMap {
  const first = vqganBlock(context, `${name}.block_1`, x)
  return vqganBlock(context, `${name}.block_2`, vqganAttention(context, `${name}.attn_1`, first))
}
