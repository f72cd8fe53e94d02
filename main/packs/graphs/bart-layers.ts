import type { Value } from '../onnx/graph-builder.ts'

import { norm, type TransformerContext } from './transformer-layers.ts'

/**
 * The gated feed-forward of DALL·E Mini (borisdayma/dalle-mini, "NormFormer" with GLU):
 * `down(inner_norm(gelu(gate(z)) · up(z)))`, `z = mlp_norm(x)`, added to `x`.
 */
export function gatedFeedForward(context: TransformerContext, layer: string, x: Value): Value {
  const { graph, linear, description } = context
  const { width, mlpWidth } = description
  const z = norm(context, `${layer}.mlp_norm`, x, width)
  const gate = graph.node('Gelu', [linear.apply(`${layer}.mlp.gate`, z, [mlpWidth, width])])
  const hidden = graph.node('Mul', [gate, linear.apply(`${layer}.mlp.up`, z, [mlpWidth, width])])
  const normed = norm(context, `${layer}.mlp.inner_norm`, hidden, mlpWidth)
  return graph.node('Add', [x, linear.apply(`${layer}.mlp.down`, normed, [width, mlpWidth])])
}

/** `[B, S, heads · headDim]` → `[B, heads, S, headDim]`, for any S, none included. */
export function toHeads({ graph, description }: TransformerContext, x: Value): Value {
  const { heads, headDim } = description
  const split = graph.node('Reshape', [x, graph.int64([0, 0, heads, headDim])])
  return graph.node('Transpose', [split], { attributes: { perm: [0, 2, 1, 3] } })
}

/** Softmax attention of `[B, heads, S, headDim]` with a bias added to the scores, as `[B, S, heads · headDim]`. */
export function biasedAttention(
  { graph, description }: TransformerContext,
  { queries, keys, values, bias }: { queries: Value; keys: Value; values: Value; bias: Value },
): Value {
  const { heads, headDim } = description
  const turned = graph.node('Transpose', [keys], { attributes: { perm: [0, 1, 3, 2] } })
  const scores = graph.node('Mul', [graph.node('MatMul', [queries, turned]), graph.float(headDim ** -0.5)])
  const weights = graph.node('Softmax', [graph.node('Add', [scores, bias])], { attributes: { axis: -1 } })
  const attended = graph.node('MatMul', [weights, values])
  const joined = graph.node('Transpose', [attended], { attributes: { perm: [0, 2, 1, 3] } })
  return graph.node('Reshape', [joined, graph.int64([0, 0, heads * headDim])])
}
