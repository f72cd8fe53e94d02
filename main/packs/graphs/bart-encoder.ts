import type { Value } from '../onnx/graph-builder.ts'

import { biasedAttention, gatedFeedForward, toHeads } from './bart-layers.ts'
import { norm, type TransformerContext } from './transformer-layers.ts'
import type { WeightWriter } from './weight-writer.ts'

/** The encoded caption; no positions at all in a step, because there only image tokens come. */
export interface EncodedText {
  /** float32 `[B, n, width]` */
  readonly states: Value
  /** float32 `[B, n, 1]`: 1 at pads. */
  readonly pads: Value
}

/**
 * The text encoder of DALL·E Mini: pre- and post-norms around attention, pads not attended to.
 * @param ids int64 `[B, n]`; pads are the ids from `textVocabulary` on
 */
export function encodeText(context: TransformerContext, writer: WeightWriter, ids: Value): EncodedText {
  const { graph, weights, description } = context
  const { width, textLength, textVocabulary } = description
  const isPad = graph.node('GreaterOrEqual', [ids, graph.int64Scalar(textVocabulary)])
  const pad = graph.node('Cast', [isPad], { attributes: { to: 1 } })
  const bias = graph.node('Unsqueeze', [graph.node('Mul', [pad, graph.float(-1e9)]), graph.int64([1, 2])])

  const name = 'text_encoder'
  const tokens = weights.take(`${name}.token_embedding.weight`, [textVocabulary + textLength, width])
  const places = weights.take(`${name}.position_embedding.weight`, [textLength - 1, width])
  const embedded = graph.node('Gather', [writer.weight(`${name}.token_embedding.weight`, tokens), ids])
  const placed = graph.node('Slice', [
    graph.initializer(`${name}.position_embedding.weight`, places),
    graph.int64([0]),
    graph.node('Slice', [graph.node('Shape', [ids]), graph.int64([1]), graph.int64([2])]),
    graph.int64([0]),
  ])
  let x = norm(context, `${name}.embedding_norm`, graph.node('Add', [embedded, placed]), width)
  const layers = weights.countOf(`${name}.layers.`)
  for (let layer = 0; layer < layers; layer++) x = encoderLayer(context, `${name}.layers.${layer}`, x, bias)
  return {
    states: norm(context, `${name}.final_norm`, x, width),
    pads: graph.node('Unsqueeze', [pad, graph.int64([2])]),
  }
}

function encoderLayer(context: TransformerContext, name: string, x: Value, bias: Value): Value {
  const { graph, linear, description } = context
  const { width } = description
  const h = norm(context, `${name}.attention_norm`, x, width)
  const qkv = linear.apply(`${name}.attention.qkv`, h, [3 * width, width])
  const [q, k, v] = graph.nodes('Split', [qkv, graph.int64([width, width, width])], 3, {
    attributes: { axis: -1 },
  }) as [Value, Value, Value]
  const [queries, keys, values] = [toHeads(context, q), toHeads(context, k), toHeads(context, v)]
  const attended = biasedAttention(context, { queries, keys, values, bias })
  const output = linear.apply(`${name}.attention.out`, attended, [width, width])
  const normed = norm(context, `${name}.attention_out_norm`, output, width)
  return gatedFeedForward(context, name, graph.node('Add', [x, normed]))
}
