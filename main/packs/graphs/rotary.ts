import { StudioError } from '#app/contract/errors.ts'

import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { float32Of, tensor, type Tensor } from '../onnx/tensor.ts'
import type { TransformerDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

/** What a rotation needs of a transformer's context. */
interface RotaryContext {
  readonly graph: GraphBuilder
  readonly weights: WeightSet
  readonly description: TransformerDescription
}

/** Cosines and sines of the angles at the positions of a run, `[batch, sequence, 1, headDim]`, and what swaps the pairs. */
export interface Rotary {
  readonly cosines: Value
  readonly sines: Value
  readonly swap: Value
}

/**
 * The rotation that `rotary.angles` of the weights describes, looked up once for all layers; undefined for a model without one. Neighbours
 * of a head are the two coordinates of a point; beyond the last angle nothing turns.
 */
export function rotaryInputs(context: RotaryContext, positions: Value): Rotary | undefined {
  const { graph, weights, description } = context
  const { textLength, rows, columns, headDim } = description
  const angles = weights.takeOptional('rotary.angles', [textLength + rows * columns, null])
  if (angles === undefined) return undefined
  const [, rotaryDim = 0] = angles.dims
  if (rotaryDim > headDim || rotaryDim % 2 !== 0)
    throw new StudioError(
      'packInvalid',
      `rotary.angles has ${rotaryDim} angles; allowed is an even number up to ${headDim}.`,
    )
  const table = (name: string, of: (angle: number) => number, rest: number): Value => {
    const found = graph.initializer(name, turned(angles, headDim, of, rest))
    return graph.node('Unsqueeze', [graph.node('Gather', [found, positions]), graph.int64([2])])
  }
  return {
    cosines: table('rotary.cosines', Math.cos, 1),
    sines: table('rotary.sines', Math.sin, 0),
    swap: graph.initializer('rotary.swap', swapMatrix(headDim, rotaryDim)),
  }
}

/** Queries, keys and values `[batch, sequence, 3·heads·headDim]`, each head turned; DALLE-pytorch turns the values too. */
export function rotate({ graph, description }: RotaryContext, qkv: Value, { cosines, sines, swap }: Rotary): Value {
  const { heads, headDim } = description
  const byHead = graph.node('Reshape', [qkv, graph.int64([0, 0, 3 * heads, headDim])])
  const across = graph.node('Mul', [graph.node('MatMul', [byHead, swap]), sines])
  const both = graph.node('Add', [graph.node('Mul', [byHead, cosines]), across])
  return graph.node('Reshape', [both, graph.int64([0, 0, 3 * heads * headDim])])
}

function turned(angles: Tensor, headDim: number, of: (angle: number) => number, rest: number): Tensor {
  const [positions = 0, rotaryDim = 0] = angles.dims
  const values = float32Of(angles)
  const table = new Float32Array(positions * headDim).fill(rest)
  for (let position = 0; position < positions; position++)
    for (let i = 0; i < rotaryDim; i++) table[position * headDim + i] = of(values[position * rotaryDim + i] ?? 0)
  return tensor('float32', [positions, headDim], table)
}

/** `x · swap` = (−x₁, x₀, −x₃, x₂, …). */
function swapMatrix(headDim: number, rotaryDim: number): Tensor {
  const matrix = new Float32Array(headDim * headDim)
  for (let i = 0; i + 1 < rotaryDim; i += 2) {
    matrix[(i + 1) * headDim + i] = -1
    matrix[i * headDim + i + 1] = 1
  }
  return tensor('float32', [headDim, headDim], matrix)
}
