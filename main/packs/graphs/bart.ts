import { GraphBuilder, omitted, type Value } from '../onnx/graph-builder.ts'
import { lazyTensor } from '../onnx/tensor.ts'
import type { TransformerDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { encodeText, type EncodedText } from './bart-encoder.ts'
import { biasedAttention, gatedFeedForward, toHeads } from './bart-layers.ts'
import { norm, type LayerCache, type TransformerContext } from './transformer-layers.ts'
import { declareOutputs, wantedStates } from './transformer.ts'
import { linearWriter, type LinearPrecision } from './transformer-linear.ts'
import { WeightWriter, type WeightStorage } from './weight-writer.ts'

/** Marks the values of pads in the cache; no trained value comes near, and a weight of 0 makes it harmless. */
const padValue = 1e9

/**
 * DALL·E Mini and Mega behind the same inputs and outputs as `buildTransformer`, so that the engine decodes them like any other pack.
 *
 * A sequence is `textLength − 1` text positions, the decoder's start token at position `textLength − 1` (whatever id stands there), then the
 * cells. In the cache of a layer the text positions hold the keys and values of cross attention, all others those of self attention: prefill
 * encodes the text and fills them once, and a step finds them there. Pads are marked in the cached values, because a step does not see the text.
 *
 * Throws `packInvalid` when the weights do not fit the description.
 */
export function buildBart(
  description: TransformerDescription,
  weights: WeightSet,
  precision: LinearPrecision,
  storage: WeightStorage,
): GraphBuilder {
  const graph = new GraphBuilder('bart')
  const writer = new WeightWriter(graph, storage)
  const linear = linearWriter(precision, graph, weights, writer)
  const context: TransformerContext = { graph, weights, description, linear }

  const inputs = commonInputs(context)
  const text = encodeText(context, writer, inputs.textIds)
  let x = embedded(context, writer, inputs)
  const caches: LayerCache[] = []
  for (let layer = 0; layer < description.layers; layer++) {
    const result = decoderLayer(context, layer, x, inputs, text)
    x = result.x
    caches.push(result.cache)
  }
  const final = norm(context, 'final_norm', wantedStates(context, x), description.width)
  const head = weights.take('head.weight', [description.imageVocabulary, description.width])
  declareOutputs(context, inputs, linear.write('head', final, head), caches)
  return graph
}

interface BartInputs {
  readonly ids: Value
  readonly positions: Value
  readonly lastPosition: Value
  readonly totalLength: Value
  /** The ids at text positions, `[B, n]`. */
  readonly textIds: Value
  /** int64 `[1]`: how many of the new positions are text. */
  readonly textCount: Value
  /** int64 `[1]`: how many text positions the cache holds. */
  readonly cachedText: Value
  /** float32 `[1, 1, S, total]`: self attention does not look at text positions. */
  readonly selfBias: Value
}

function commonInputs({ graph, description }: TransformerContext): BartInputs {
  const { textLength, rows, columns } = description
  const textEnd = textLength - 1
  const ids = graph.input('ids', 'int64', ['batch', 'sequence'])
  const positions = graph.input('positions', 'int64', ['batch', 'sequence'])
  const lastPosition = graph.input('last_position', 'int32', ['batch'])
  const totalLength = graph.input('total_length', 'int32', [1])
  // All rows are at the same positions.
  const places = graph.node('Slice', [positions, graph.int64([0]), graph.int64([1]), graph.int64([0])])
  const isText = graph.node('Less', [places, graph.int64Scalar(textEnd)])
  const textCount = graph.node(
    'ReduceSum',
    [graph.node('Cast', [isText], { attributes: { to: 7 } }), graph.int64([1])],
    {
      attributes: { keepdims: 0 },
    },
  )
  const total = graph.node('Cast', [totalLength], { attributes: { to: 7 } })
  const hidden = lazyTensor('float32', [1, 1, 1, textLength + rows * columns], () =>
    Float32Array.from({ length: textLength + rows * columns }, (_, key) => (key < textEnd ? -1e9 : 0)),
  )
  const keys = graph.node('Slice', [graph.initializer('self_bias', hidden), graph.int64([0]), total, graph.int64([3])])
  const zeros = graph.node('Mul', [graph.node('Cast', [places], { attributes: { to: 1 } }), graph.float(0)])
  return {
    ids,
    positions,
    lastPosition,
    totalLength,
    textIds: graph.node('Slice', [ids, graph.int64([0]), textCount, graph.int64([1])]),
    textCount,
    cachedText: graph.node('Clip', [total, graph.int64Scalar(0), graph.int64Scalar(textEnd)]),
    selfBias: graph.node('Add', [keys, graph.node('Unsqueeze', [zeros, graph.int64([1, 3])])]),
  }
}

/**
 * Embeddings of the decoder. Row 0 of the table is the start token, row `c + 1` code `c`: image ids begin at `textVocabulary + textLength`, and
 * all that is below (text, whose states are never used, and the start position) becomes row 0.
 */
function embedded(context: TransformerContext, writer: WeightWriter, { ids, positions }: BartInputs): Value {
  const { graph, weights, description } = context
  const { width, textLength, textVocabulary, imageVocabulary, rows, columns } = description
  const tokens = weights.take('token_embedding.weight', [imageVocabulary + 1, width])
  const places = weights.take('position_embedding.weight', [textLength + rows * columns, width])
  const shifted = graph.node('Sub', [ids, graph.int64Scalar(textVocabulary + textLength - 1)])
  const row = graph.node('Clip', [shifted, graph.int64Scalar(0), graph.int64Scalar(imageVocabulary)])
  const sum = graph.node('Add', [
    graph.node('Gather', [writer.weight('token_embedding.weight', tokens), row]),
    graph.node('Gather', [graph.initializer('position_embedding.weight', places), positions]),
  ])
  return norm(context, 'embedding_norm', sum, width)
}

function decoderLayer(
  context: TransformerContext,
  layer: number,
  x: Value,
  inputs: BartInputs,
  text: EncodedText,
): { readonly x: Value; readonly cache: LayerCache } {
  const { graph, description } = context
  const { width } = description
  const name = `layers.${layer}`
  const { output, cache } = selfAttention(
    context,
    layer,
    norm(context, `${name}.attention_norm`, x, width),
    inputs,
    text,
  )
  const attended = graph.node('Add', [x, norm(context, `${name}.attention_out_norm`, output, width)])
  const crossed = crossAttention(context, name, norm(context, `${name}.cross_norm`, attended, width), inputs, cache)
  const informed = graph.node('Add', [attended, norm(context, `${name}.cross_out_norm`, crossed, width)])
  return { x: gatedFeedForward(context, name, informed), cache }
}

function selfAttention(
  context: TransformerContext,
  layer: number,
  x: Value,
  { textCount, lastPosition, totalLength, selfBias }: BartInputs,
  text: EncodedText,
): { readonly output: Value; readonly cache: LayerCache } {
  const { graph, linear, description } = context
  const { width, heads, headDim } = description
  const name = `layers.${layer}`
  const qkv = linear.apply(`${name}.attention.qkv`, x, [3 * width, width])
  const [q, k, v] = graph.nodes('Split', [qkv, graph.int64([width, width, width])], 3, {
    attributes: { axis: -1 },
  }) as [Value, Value, Value]
  const crossed = linear.apply(`${name}.cross.kv`, text.states, [2 * width, width])
  const [textKeys, textValues] = graph.nodes('Split', [crossed, graph.int64([width, width])], 2, {
    attributes: { axis: -1 },
  }) as [Value, Value]
  const marked = graph.node('Add', [textValues, graph.node('Mul', [text.pads, graph.float(padValue)])])
  const withText = (ofText: Value, all: Value): Value => {
    const rest = graph.node('Slice', [all, textCount, graph.int64([2 ** 31 - 1]), graph.int64([1])])
    return graph.node('Concat', [ofText, rest], { attributes: { axis: 1 } })
  }
  const dims = ['batch', heads, 'positions', headDim] as const
  const [attended, key, value] = graph.nodes(
    'GroupQueryAttention',
    [
      graph.node('Concat', [q, withText(textKeys, k), withText(marked, v)], { attributes: { axis: -1 } }),
      omitted,
      omitted,
      graph.input(`past.${layer}.key`, 'float32', dims),
      graph.input(`past.${layer}.value`, 'float32', dims),
      lastPosition,
      totalLength,
      omitted,
      omitted,
      omitted,
      selfBias,
    ],
    3,
    {
      domain: 'com.microsoft',
      attributes: { num_heads: heads, kv_num_heads: heads, scale: { float: headDim ** -0.5 } },
    },
  ) as [Value, Value, Value]
  return { output: linear.apply(`${name}.attention.out`, attended, [width, width]), cache: { key, value } }
}

function crossAttention(
  context: TransformerContext,
  name: string,
  x: Value,
  { cachedText }: BartInputs,
  cache: LayerCache,
): Value {
  const { graph, linear, description } = context
  const { width } = description
  const textOf = (all: Value): Value => graph.node('Slice', [all, graph.int64([0]), cachedText, graph.int64([2])])
  const [keys, values] = [textOf(cache.key), textOf(cache.value)]
  // One number of the first head tells pads from words: [B, 1, n, 1].
  const marks = graph.node('Slice', [values, graph.int64([0, 0]), graph.int64([1, 1]), graph.int64([1, 3])])
  const isPad = graph.node('GreaterOrEqual', [marks, graph.float(padValue / 2)])
  const pad = graph.node('Mul', [graph.node('Cast', [isPad], { attributes: { to: 1 } }), graph.float(-1e9)])
  const bias = graph.node('Transpose', [pad], { attributes: { perm: [0, 1, 3, 2] } })
  const queries = toHeads(context, linear.apply(`${name}.cross.query`, x, [width, width]))
  const attended = biasedAttention(context, { queries, keys, values, bias })
  return linear.apply(`${name}.cross.out`, attended, [width, width])
}
