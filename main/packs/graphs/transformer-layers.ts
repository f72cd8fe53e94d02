import type { AttentionKind } from '#app/domain/pack.ts'

import { omitted, type GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { float32Of, tensor, type Tensor } from '../onnx/tensor.ts'
import type { TransformerDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { cacheKinds, shiftedCaches } from '../weights/cache-kinds.ts'

import { rotate, type Rotary } from './rotary.ts'
import { shiftTokens, type TokenShift } from './token-shift.ts'
import type { LinearWriter } from './transformer-linear.ts'

/** What the parts of a transformer graph share. */
export interface TransformerContext {
  readonly graph: GraphBuilder
  readonly weights: WeightSet
  readonly linear: LinearWriter
  readonly description: TransformerDescription
}

/** How far the attention of a layer reads its cache. */
export interface AttentionReach {
  /** int32 `[batch]`: index of the last key. */
  readonly lastPosition: Value
  /** int32 `[1]`: keys in the cache after this run. */
  readonly totalLength: Value
  /** float32 `[1, 1, sequence, keys]`; absent = every query sees all keys up to its own. */
  readonly bias?: Value
}

/** Inputs of attention that are the same in every layer of a kind. */
export interface AttentionInputs {
  readonly dense: AttentionReach
  readonly sparse: Readonly<Partial<Record<AttentionKind, AttentionReach>>>
  /** For models whose queries, keys and values are turned by their position. */
  readonly rotary?: Rotary
  /** For models whose branches see channels of earlier positions. */
  readonly shift?: TokenShift
}

/** The symbolic size of a cache: those of a kind share it. @param index of the cache */
export function positionsName(description: TransformerDescription, index: number): string {
  const kind = cacheKinds(description)[index] ?? 'dense'
  return kind === 'dense' ? 'positions' : `positions.${kind}`
}

/** The cache after the run; the engine lets it share memory with the cache before it. */
export interface LayerCache {
  readonly key: Value
  readonly value: Value
}

/** LayerNorm or RMSNorm over the last axis. */
export function norm({ graph, weights, description }: TransformerContext, name: string, x: Value, size: number): Value {
  const scale = graph.initializer(`${name}.weight`, weights.take(`${name}.weight`, [size]))
  const attributes = { axis: -1, epsilon: { float: description.normEps } }
  if (description.norm === 'rmsnorm') return graph.node('SimplifiedLayerNormalization', [x, scale], { attributes })
  const bias = weights.takeOptional(`${name}.bias`, [size])
  const inputs = bias === undefined ? [x, scale] : [x, scale, graph.initializer(`${name}.bias`, bias)]
  return graph.node('LayerNormalization', inputs, { attributes })
}

/** What goes from block to block: one stream, or the two of a reversible model. */
export interface Streams {
  readonly x: Value
  readonly second?: Value
}

/**
 * One block: `x += out_norm(attention(norm(x)))`, `x += out_norm(mlp(norm(x)))` (docs/weights-format.md). A reversible one reads what the
 * other stream holds: `x += …attention(norm(second))`, `second += …mlp(norm(x))`. With a token shift each branch begins with it.
 */
export function transformerLayer(
  context: TransformerContext,
  layer: number,
  { x, second }: Streams,
  inputs: AttentionInputs,
): { readonly streams: Streams; readonly caches: readonly LayerCache[] } {
  const { graph, description } = context
  const name = `layers.${layer}`
  const caches: LayerCache[] = []
  const first = inputs.shift === undefined ? layer : layer * shiftedCaches.count
  const shifted = (branch: number, normed: Value): Value => {
    if (inputs.shift === undefined) return normed
    const result = shiftTokens(context, first + branch, normed, inputs.shift)
    caches.push(result.cache)
    return result.x
  }
  const normed = norm(context, `${name}.attention_norm`, second ?? x, description.width)
  const seen = shifted(shiftedCaches.beforeAttention, normed)
  const index = inputs.shift === undefined ? layer : first + shiftedCaches.attention
  const { output, cache } = attention(context, layer, index, seen, inputs)
  caches.push(cache)
  const attended = graph.node('Add', [x, sandwichNorm(context, `${name}.attention_out_norm`, output)])
  const read = norm(context, `${name}.mlp_norm`, attended, description.width)
  const hidden = mlp(context, `${name}.mlp`, shifted(shiftedCaches.beforeMlp, read))
  const added = graph.node('Add', [second ?? attended, sandwichNorm(context, `${name}.mlp_out_norm`, hidden)])
  return { streams: second === undefined ? { x: added } : { x: attended, second: added }, caches }
}

function sandwichNorm(context: TransformerContext, name: string, x: Value): Value {
  return context.weights.has(`${name}.weight`) ? norm(context, name, x, context.description.width) : x
}

function attention(
  context: TransformerContext,
  layer: number,
  index: number,
  x: Value,
  { dense, sparse, rotary }: AttentionInputs,
): { readonly output: Value; readonly cache: LayerCache } {
  const { graph, description } = context
  const { heads, headDim, width } = description
  const name = `layers.${layer}.attention`
  const straight = context.linear.apply(`${name}.qkv`, x, [3 * heads * headDim, width])
  const qkv = rotary === undefined ? straight : rotate(context, straight, rotary)
  const dims = ['batch', heads, positionsName(description, index), headDim] as const
  const { lastPosition, totalLength, bias } = sparse[description.attention[layer] ?? 'dense'] ?? dense
  const [attended, key, value] = graph.nodes(
    'GroupQueryAttention',
    [
      description.qkNorm ? normalizedQueriesAndKeys(context, name, qkv) : qkv,
      omitted,
      omitted,
      graph.input(`past.${index}.key`, 'float32', dims),
      graph.input(`past.${index}.value`, 'float32', dims),
      lastPosition,
      totalLength,
      ...(bias === undefined ? [] : [omitted, omitted, omitted, bias]),
    ],
    3,
    {
      domain: 'com.microsoft',
      attributes: { num_heads: heads, kv_num_heads: heads, scale: { float: headDim ** -0.5 } },
    },
  ) as [Value, Value, Value]
  const output = context.linear.apply(`${name}.out`, attended, [width, heads * headDim])
  return { output, cache: { key, value } }
}

/** RMSNorm over each head of the queries and keys; the values pass as they are. */
function normalizedQueriesAndKeys(
  { graph, weights, description }: TransformerContext,
  name: string,
  qkv: Value,
): Value {
  const { heads, headDim, normEps } = description
  const part = heads * headDim
  const [queriesAndKeys, values] = graph.nodes('Split', [qkv, graph.int64([2 * part, part])], 2, {
    attributes: { axis: -1 },
  }) as [Value, Value]
  const byHead = graph.node('Reshape', [queriesAndKeys, graph.int64([0, 0, 2 * heads, headDim])])
  const ones = graph.initializer(`${name}.unit_scale`, tensor('float32', [headDim], new Float32Array(headDim).fill(1)))
  const unit = graph.node('SimplifiedLayerNormalization', [byHead, ones], {
    attributes: { axis: -1, epsilon: { float: normEps } },
  })
  const scales = headScales(
    weights.take(`${name}.query_norm.weight`, [headDim]),
    weights.take(`${name}.key_norm.weight`, [headDim]),
    heads,
  )
  const scaled = graph.node('Mul', [unit, graph.initializer(`${name}.head_scales`, scales)])
  const flat = graph.node('Reshape', [scaled, graph.int64([0, 0, 2 * part])])
  return graph.node('Concat', [flat, values], { attributes: { axis: -1 } })
}

/** `[2·heads, headDim]`: the query scale for each head, then the key scale for each head. */
function headScales(query: Tensor, key: Tensor, heads: number): Tensor {
  const headDim = query.dims[0] ?? 0
  const scales = new Float32Array(2 * heads * headDim)
  for (let head = 0; head < heads; head++) {
    scales.set(float32Of(query), head * headDim)
    scales.set(float32Of(key), (heads + head) * headDim)
  }
  return tensor('float32', [2 * heads, headDim], scales)
}

function mlp({ graph, linear, description }: TransformerContext, name: string, x: Value): Value {
  const { width, mlpWidth, activation } = description
  const up = linear.apply(`${name}.up`, x, [mlpWidth, width])
  const gate = activation === 'geglu' ? linear.apply(`${name}.gate`, x, [mlpWidth, width]) : undefined
  return linear.apply(`${name}.down`, activated(graph, activation, up, gate), [width, mlpWidth])
}

function activated(
  graph: GraphBuilder,
  activation: TransformerDescription['activation'],
  up: Value,
  gate: Value | undefined,
): Value {
  switch (activation) {
    case 'relu2': {
      const positive = graph.node('Relu', [up])
      return graph.node('Mul', [positive, positive])
    }
    case 'gelu':
      return graph.node('Gelu', [up])
    case 'gelu_tanh':
      return graph.node('Gelu', [up], { attributes: { approximate: 'tanh' } })
    case 'quick_gelu':
      return graph.node('Mul', [up, graph.node('Sigmoid', [graph.node('Mul', [up, graph.float(1.702)])])])
    case 'geglu':
      return graph.node('Mul', [up, graph.node('Gelu', [gate ?? up])])
  }
}
