import { StudioError } from '#app/contract/errors.ts'

import { omitted, type GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { tensor, type Tensor } from '../onnx/tensor.ts'
import type { TransformerDescription } from '../weights/model-description.ts'

/** What a shift needs of a transformer's context. */
interface ShiftContext {
  readonly graph: GraphBuilder
  readonly description: TransformerDescription
}

/** How attention of the kind `row` reads its cache (`AttentionReach`). */
interface RowReach {
  readonly lastPosition: Value
  readonly totalLength: Value
  readonly bias?: Value
}

/** At the positions of a run: whom each asks, what it is called, `[batch, sequence, heads·headDim]`, and what it gets, `[batch, sequence, width/2]`. */
export interface TokenShift {
  readonly queries: Value
  readonly keys: Value
  readonly exists: Value
  readonly reach: RowReach
}

/** Channels of a head that say where a position is: two digits of a text position, row and column of a cell, each a point on a circle. */
const addressSize = 8
/** By so much the score of the position that is meant passes all others: e^−120 is nothing in float32. */
const lead = 120

/**
 * Tables of the token shift of DALLE-pytorch (`shift_tokens`), looked up once for all layers; undefined for a model without one.
 * Before each branch a position of the text has the first half of its channels replaced by those of the position before it; a cell the first
 * quarter by those of the cell above it and the second by those of the cell to its left. Where there is no such position they become 0.
 *
 * The engine keeps nothing of earlier positions but keys and values, so the replacement is an attention that finds exactly one position: keys
 * are addresses, queries the address that is looked for, and values the channels. The first half of the heads looks up, the second left.
 * `row` attention holds both in a cache of one row.
 */
export function shiftInputs(
  { graph, description }: ShiftContext,
  positions: Value,
  reach: RowReach | undefined,
): TokenShift | undefined {
  if (description.isTokenShifted !== true || reach === undefined) return undefined
  checkShape(description)
  const at = (name: string, table: Tensor): Value =>
    graph.node('Gather', [graph.initializer(`shift.${name}`, table), positions])
  const { sources, exists } = shiftedFrom(description)
  return {
    queries: at(
      'queries',
      addressTable(description, (position, isUp) => sources(position)[isUp ? 0 : 1] ?? position),
    ),
    keys: at(
      'keys',
      addressTable(description, (position) => position),
    ),
    exists: at('exists', exists),
    reach,
  }
}

function checkShape({ width, heads, headDim }: TransformerDescription): void {
  const half = Math.floor(heads / 2) * headDim
  if (width % 4 === 0 && headDim >= addressSize && half >= width / 4) return
  throw new StudioError(
    'packInvalid',
    `model.json: a token shift needs a width divisible by 4, heads of at least ${addressSize} channels, and half of them as wide as a quarter of the width.`,
  )
}

/** Up and left of each position; undefined where there is none, and then `exists` is 0 for its channels. */
function shiftedFrom({ width, textLength, rows, columns }: TransformerDescription): {
  readonly sources: (position: number) => readonly (number | undefined)[]
  readonly exists: Tensor
} {
  const quarter = width / 4
  const sources = (position: number): readonly (number | undefined)[] => {
    if (position < textLength) return position === 0 ? [] : [position - 1, position - 1]
    const cell = position - textLength
    return [cell < columns ? undefined : position - columns, cell % columns === 0 ? undefined : position - 1]
  }
  const positions = textLength + rows * columns
  const table = new Float32Array(positions * 2 * quarter)
  for (let position = 0; position < positions; position++)
    for (const half of [0, 1]) {
      const first = (position * 2 + half) * quarter
      table.fill(sources(position)[half] === undefined ? 0 : 1, first, first + quarter)
    }
  return { sources, exists: tensor('float32', [positions, 2 * quarter], table) }
}

/** `[positions, heads·headDim]`: in each head the address of the position that `of` names. */
function addressTable(description: TransformerDescription, of: (position: number, isUp: boolean) => number): Tensor {
  const { heads, headDim, textLength, rows, columns } = description
  const positions = textLength + rows * columns
  const table = new Float32Array(positions * heads * headDim)
  for (let position = 0; position < positions; position++)
    for (let head = 0; head < heads; head++)
      table.set(addressOf(description, of(position, head < Math.floor(heads / 2))), (position * heads + head) * headDim)
  return tensor('float32', [positions, heads * headDim], table)
}

/** The product of two addresses is largest, by `lead` at least, when they are the same. */
function addressOf({ textLength, rows, columns }: TransformerDescription, position: number): number[] {
  const base = Math.ceil(Math.sqrt(textLength))
  const most = Math.max(base, rows, columns)
  const length = Math.sqrt(lead / (1 - Math.cos((2 * Math.PI) / most)))
  const digit = (value: number): number[] => {
    const angle = (2 * Math.PI * value) / most
    return [length * Math.cos(angle), length * Math.sin(angle)]
  }
  if (position < textLength) return [...digit(position % base), ...digit(Math.floor(position / base)), 0, 0, 0, 0]
  const cell = position - textLength
  return [0, 0, 0, 0, ...digit(cell % columns), ...digit(Math.floor(cell / columns))]
}

/** `x` `[batch, sequence, width]` with the first half of its channels from other positions. @param index of its cache */
export function shiftTokens(
  { graph, description }: ShiftContext,
  index: number,
  x: Value,
  { queries, keys, exists, reach }: TokenShift,
): { readonly x: Value; readonly cache: { readonly key: Value; readonly value: Value } } {
  const { heads, headDim, width } = description
  const quarter = width / 4
  const upWidth = Math.floor(heads / 2) * headDim
  const channels = (value: Value, from: number, to: number): Value =>
    graph.node('Slice', [value, graph.int64([from]), graph.int64([to]), graph.int64([2])])
  const padded = (value: Value, size: number): Value =>
    size === quarter ? value : graph.node('Pad', [value, graph.int64([0, 0, 0, 0, 0, size - quarter])])
  const values = [
    padded(channels(x, 0, quarter), upWidth),
    padded(channels(x, quarter, 2 * quarter), heads * headDim - upWidth),
  ]
  const dims = ['batch', heads, 'positions.row', headDim] as const
  const [found, key, value] = graph.nodes(
    'GroupQueryAttention',
    [
      graph.node('Concat', [queries, keys, ...values], { attributes: { axis: -1 } }),
      omitted,
      omitted,
      graph.input(`past.${index}.key`, 'float32', dims),
      graph.input(`past.${index}.value`, 'float32', dims),
      reach.lastPosition,
      reach.totalLength,
      ...(reach.bias === undefined ? [] : [omitted, omitted, omitted, reach.bias]),
    ],
    3,
    { domain: 'com.microsoft', attributes: { num_heads: heads, kv_num_heads: heads, scale: { float: 1 } } },
  ) as [Value, Value, Value]
  const both = graph.node('Concat', [channels(found, 0, quarter), channels(found, upWidth, upWidth + quarter)], {
    attributes: { axis: -1 },
  })
  const shifted = graph.node('Concat', [graph.node('Mul', [both, exists]), channels(x, 2 * quarter, width)], {
    attributes: { axis: -1 },
  })
  return { x: shifted, cache: { key, value } }
}
