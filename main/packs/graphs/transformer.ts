import type { AttentionKind } from '#app/domain/pack.ts'
import { StudioError } from '#app/contract/errors.ts'

import { GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { float32Of, tensor, type Tensor } from '../onnx/tensor.ts'
import type { TransformerDescription } from '../weights/model-description.ts'
import { cacheKinds } from '../weights/cache-kinds.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import {
  norm,
  positionsName,
  transformerLayer,
  type AttentionInputs,
  type AttentionReach,
  type LayerCache,
  type Streams,
  type TransformerContext,
} from './transformer-layers.ts'
import { rotaryInputs } from './rotary.ts'
import { shiftInputs } from './token-shift.ts'
import { linearWriter, type LinearPrecision } from './transformer-linear.ts'
import { WeightWriter, type WeightStorage } from './weight-writer.ts'

/**
 * One graph for prefill and for a step; `sequence` is the text length or 1 (with one row also a window in between).
 *
 * Inputs: `ids`, `positions` int64 `[batch, sequence]` · `first_logit` int64 `[1]` · `last_position` int32 `[batch]` ·
 * `total_length` int32 `[1]` · for each sparse kind in use `last_position.<kind>`, `total_length.<kind>` and `attention_bias.<kind>` float32
 * `[1, 1, sequence, total_length.<kind>]`: its layers read a cache of their own size, in an order of the engine's choice ·
 * `past.<layer>.key|value` float32 `[batch, heads, positions of its kind, headDim]`.
 *
 * Outputs, in this order: `done` sequence (see main/engine/README.md: with it ONNX Runtime leaves the cache where it is) ·
 * `logits` float32 `[batch, sequence − first_logit, imageVocabulary]` · `present.<layer>.key|value`.
 *
 * Throws `packInvalid` when the weights do not fit the description.
 */
export function buildTransformer(
  description: TransformerDescription,
  weights: WeightSet,
  precision: LinearPrecision,
  storage: WeightStorage,
): GraphBuilder {
  checkAttention(description)
  const graph = new GraphBuilder('transformer')
  const writer = new WeightWriter(graph, storage)
  const context: TransformerContext = {
    graph,
    weights,
    description,
    linear: linearWriter(precision, graph, weights, writer),
  }

  const { embedded, positions } = embeddings(context, writer)
  const rotary = rotaryInputs(context, positions)
  const reaches = attentionInputs(graph, description)
  const shift = shiftInputs(context, positions, reaches.sparse.row)
  const inputs: AttentionInputs = {
    ...reaches,
    ...(rotary === undefined ? {} : { rotary }),
    ...(shift === undefined ? {} : { shift }),
  }
  let streams: Streams = description.isReversible === true ? { x: embedded, second: embedded } : { x: embedded }
  const caches: LayerCache[] = []
  for (let layer = 0; layer < description.layers; layer++) {
    const result = transformerLayer(context, layer, streams, inputs)
    streams = result.streams
    caches.push(...result.caches)
  }
  declareOutputs(context, inputs.dense, imageLogits(context, meanOf(context, streams)), caches)
  return graph
}

function checkAttention({ attention, layers }: TransformerDescription): void {
  if (attention.length !== layers) {
    throw new StudioError('packInvalid', `model.json: attention lists ${attention.length} layers, layers is ${layers}.`)
  }
}

/** Of the two streams of a reversible model. */
function meanOf({ graph }: TransformerContext, { x, second }: Streams): Value {
  return second === undefined ? x : graph.node('Mul', [graph.node('Add', [x, second]), graph.float(0.5)])
}

/**
 * Token embedding plus position embedding; the row and column embeddings of a cell are summed once, here. A model that turns its heads by
 * position may have no position embedding.
 */
function embeddings(
  { graph, weights, description }: TransformerContext,
  writer: WeightWriter,
): { readonly embedded: Value; readonly positions: Value } {
  const { width, textLength, textVocabulary, imageVocabulary } = description
  const ids = graph.input('ids', 'int64', ['batch', 'sequence'])
  const positions = graph.input('positions', 'int64', ['batch', 'sequence'])
  const vocabulary = textVocabulary + textLength + imageVocabulary
  const tokens = writer.weight('token_embedding.weight', weights.take('token_embedding.weight', [vocabulary, width]))
  const words = graph.node('Gather', [tokens, ids])
  if (weights.has('rotary.angles') && !weights.has('text_position_embedding.weight'))
    return { embedded: words, positions }
  const places = graph.initializer('position_embedding.weight', positionTable(description, weights))
  return { embedded: graph.node('Add', [words, graph.node('Gather', [places, positions])]), positions }
}

/** `[textLength + rows·columns, width]`. */
function positionTable({ width, textLength, rows, columns }: TransformerDescription, weights: WeightSet): Tensor {
  const text = float32Of(weights.take('text_position_embedding.weight', [textLength, width]))
  if (weights.has('image_position_embedding.weight')) {
    const cells = float32Of(weights.take('image_position_embedding.weight', [rows * columns, width]))
    const all = new Float32Array(text.length + cells.length)
    all.set(text)
    all.set(cells, text.length)
    return tensor('float32', [textLength + rows * columns, width], all)
  }
  const byRow = float32Of(weights.take('image_row_embedding.weight', [rows, width]))
  const byColumn = float32Of(weights.take('image_column_embedding.weight', [columns, width]))
  const table = new Float32Array((textLength + rows * columns) * width)
  table.set(text)
  for (let cell = 0; cell < rows * columns; cell++) {
    const row = Math.floor(cell / columns) * width
    const column = (cell % columns) * width
    const offset = (textLength + cell) * width
    for (let i = 0; i < width; i++) table[offset + i] = (byRow[row + i] ?? 0) + (byColumn[column + i] ?? 0)
  }
  return tensor('float32', [textLength + rows * columns, width], table)
}

function attentionInputs(graph: GraphBuilder, description: TransformerDescription): AttentionInputs {
  const dense = {
    lastPosition: graph.input('last_position', 'int32', ['batch']),
    totalLength: graph.input('total_length', 'int32', [1]),
  }
  const sparse: Partial<Record<AttentionKind, AttentionReach>> = {}
  for (const kind of new Set(cacheKinds(description))) {
    if (kind === 'dense') continue
    sparse[kind] = {
      lastPosition: graph.input(`last_position.${kind}`, 'int32', ['batch']),
      totalLength: graph.input(`total_length.${kind}`, 'int32', [1]),
      bias: graph.input(`attention_bias.${kind}`, 'float32', [1, 1, 'sequence', `total.${kind}`]),
    }
  }
  return { dense, sparse }
}

/** The states from input `first_logit` on: the others need no head. */
export function wantedStates({ graph }: TransformerContext, x: Value): Value {
  const first = graph.input('first_logit', 'int64', [1])
  return graph.node('Slice', [x, first, graph.int64([2 ** 31 - 1]), graph.int64([1])])
}

/** The head on the wanted positions only, image rows only: text logits are never used. */
function imageLogits(context: TransformerContext, x: Value): Value {
  const { weights, linear, description } = context
  const { width, textLength, textVocabulary, imageVocabulary } = description
  const final = norm(context, 'final_norm', dividedByMax(context, wantedStates(context, x)), width)
  // ruDALL-E norms twice before its head.
  const normed = weights.has('head_norm.weight') ? norm(context, 'head_norm', final, width) : final
  const skipped = textVocabulary + textLength
  const head = weights.take('head.weight', [skipped + imageVocabulary, width])
  const bias = weights.takeOptional('head.bias', [skipped + imageVocabulary])
  return linear.write('head', normed, lastRows(head, imageVocabulary), bias && lastRows(bias, imageVocabulary))
}

/** By the largest channel of each state, as DALLE-pytorch's `stable` models do; a negative one turns signs, which no norm undoes. */
function dividedByMax({ graph, description }: TransformerContext, x: Value): Value {
  if (description.isDividedByMax !== true) return x
  return graph.node('Div', [x, graph.node('ReduceMax', [x, graph.int64([-1])])])
}

function lastRows(source: Tensor, count: number): Tensor {
  const [rows = 0, ...rest] = source.dims
  const values = float32Of(source)
  return tensor('float32', [count, ...rest], values.subarray((values.length / rows) * (rows - count)))
}

/** Declares the outputs of a transformer graph, in their order. */
export function declareOutputs(
  { graph, description }: TransformerContext,
  { totalLength }: Pick<AttentionReach, 'totalLength'>,
  logits: Value,
  caches: readonly LayerCache[],
): void {
  const { heads, headDim, imageVocabulary } = description
  graph.outputSequence(graph.node('SequenceConstruct', [totalLength], { name: 'done' }), 'int32')
  graph.output(graph.rename(logits, 'logits'), 'float32', ['batch', 'wanted', imageVocabulary])
  caches.forEach(({ key, value }, index) => {
    const dims = ['batch', heads, positionsName(description, index), headDim] as const
    graph.output(graph.rename(key, `present.${index}.key`), 'float32', dims)
    graph.output(graph.rename(value, `present.${index}.value`), 'float32', dims)
  })
}
