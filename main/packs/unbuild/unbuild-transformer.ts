import { StudioError } from '#app/contract/errors.ts'

import { tensor, type Tensor } from '../onnx/tensor.ts'
import { transposed } from '../onnx/transpose.ts'
import type { TransformerDescription } from '../weights/model-description.ts'

import type { Initializers } from './initializers.ts'

/** A place's embedding is the sum of its row's and its column's; what float32 rounds off in that sum. */
const roundingError = 1e-5

/**
 * The tensors of transformer.safetensors (docs/weights-format.md) that a float32 or float16 graph was written from. The head's rows of text ids are zero:
 * drawing never asks for them, so a pack does not carry them.
 * @throws StudioError packInvalid when the graph is not that of `description`
 */
export function unbuildTransformer(description: TransformerDescription, graph: Initializers): Map<string, Tensor> {
  const { layers, heads, headDim, qkNorm } = description
  const result = new Map<string, Tensor>([
    ['token_embedding.weight', graph.take('token_embedding.weight')],
    ...positionTables(description, graph.values('position_embedding.weight')),
    ['head.weight', headOf(description, transposed(graph.take('head.weight')))],
  ])
  const normsAndBiases = graph.names().filter((name) => /norm\.(?:weight|bias)$/.test(name))
  for (const name of normsAndBiases) result.set(name, graph.take(name))
  for (let layer = 0; layer < layers; layer++) {
    const name = `layers.${layer}`
    for (const linear of ['attention.qkv', 'attention.out', 'mlp.up', 'mlp.down']) {
      result.set(`${name}.${linear}.weight`, transposed(graph.take(`${name}.${linear}.weight`)))
    }
    if (!qkNorm) continue
    const scales = graph.values(`${name}.attention.head_scales`)
    const keys = heads * headDim
    result.set(`${name}.attention.query_norm.weight`, tensor('float32', [headDim], scales.slice(0, headDim)))
    result.set(`${name}.attention.key_norm.weight`, tensor('float32', [headDim], scales.slice(keys, keys + headDim)))
  }
  return result
}

/** The table of all positions taken apart: text, then row and column, the means of the other axis taking the constant into the rows. */
function positionTables(
  { textLength, width, rows, columns }: TransformerDescription,
  table: Float32Array,
): [string, Tensor][] {
  const cells = table.subarray(textLength * width)
  const byRow = new Float32Array(rows * width)
  const byColumn = new Float32Array(columns * width)
  const at = (row: number, column: number, i: number): number => cells[(row * columns + column) * width + i] ?? 0
  for (let i = 0; i < width; i++) {
    for (let row = 0; row < rows; row++) byRow[row * width + i] = at(row, 0, i)
    for (let column = 0; column < columns; column++) byColumn[column * width + i] = at(0, column, i) - at(0, 0, i)
    for (let cell = 0; cell < rows * columns; cell++) {
      const [row, column] = [Math.floor(cell / columns), cell % columns]
      const sum = (byRow[row * width + i] ?? 0) + (byColumn[column * width + i] ?? 0)
      if (Math.abs(sum - at(row, column, i)) <= roundingError * Math.max(1, Math.abs(sum))) continue
      throw new StudioError('packInvalid', 'transformer.onnx: its positions are not sums of a row and a column.')
    }
  }
  return [
    ['text_position_embedding.weight', tensor('float32', [textLength, width], table.slice(0, textLength * width))],
    ['image_row_embedding.weight', tensor('float32', [rows, width], byRow)],
    ['image_column_embedding.weight', tensor('float32', [columns, width], byColumn)],
  ]
}

function headOf(
  { textVocabulary, textLength, imageVocabulary, width }: TransformerDescription,
  imageRows: Tensor,
): Tensor {
  const first = textVocabulary + textLength
  const values = new Float32Array((first + imageVocabulary) * width)
  values.set(new Float32Array(imageRows.bytes.slice().buffer), first * width)
  return tensor('float32', [first + imageVocabulary, width], values)
}
