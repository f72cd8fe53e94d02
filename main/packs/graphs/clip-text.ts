import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import type { ClipDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { clipContext, clipLayers, layerNorm, project, type ClipContext } from './clip-encoder.ts'
import type { WeightStorage } from './weight-writer.ts'

/**
 * `input_ids` int64 `[B, textLength]` → `text_embeds` float32 `[B, projection]`, L2-normalised. The names are those of Hugging Face's ONNX exports.
 * Throws `packInvalid` when the weights do not fit the description.
 */
export function buildClipText(clip: ClipDescription, weights: WeightSet, storage: WeightStorage): GraphBuilder {
  const context: ClipContext = {
    ...clipContext('clip-text', weights, storage),
    activation: clip.activation,
    width: clip.textWidth,
    heads: clip.textHeads,
    isCausal: true,
  }
  const { graph } = context
  const ids = graph.input('input_ids', 'int64', ['batch', clip.textLength])
  const embedded = textEmbeddings(context, clip, ids)
  const encoded = clipLayers(context, 'text_model.encoder.layers.', clip.textLayers, embedded)
  const feature = firstEnd(graph, clip.eos, ids, layerNorm(context, 'text_model.final_layer_norm', encoded))
  const embedding = project(context, 'text_projection', clip.projection, feature)
  graph.output(graph.rename(embedding, 'text_embeds'), 'float32', ['batch', clip.projection])
  return graph
}

function textEmbeddings({ graph, weights, writer, width }: ClipContext, clip: ClipDescription, ids: Value): Value {
  const prefix = 'text_model.embeddings'
  const tokens = weights.take(`${prefix}.token_embedding.weight`, [clip.textVocabulary, width])
  const positions = weights.take(`${prefix}.position_embedding.weight`, [clip.textLength, width])
  const embedded = graph.node('Gather', [writer.weight(`${prefix}.token_embedding.weight`, tokens), ids])
  return graph.node('Add', [embedded, writer.weight(`${prefix}.position_embedding.weight`, positions)])
}

/** The hidden state at the first `eos` of each text. */
function firstEnd(graph: GraphBuilder, eos: number, ids: Value, states: Value): Value {
  const isEnd = graph.node('Equal', [ids, graph.int64Scalar(eos)])
  const position = graph.node('ArgMax', [graph.node('Cast', [isEnd], { attributes: { to: 6 } })], {
    attributes: { axis: 1, keepdims: 1, select_last_index: 0 },
  })
  return graph.node('GatherND', [states, position], { attributes: { batch_dims: 1 } })
}
