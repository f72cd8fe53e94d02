import type { TransformerDescription } from '../../weights/model-description.ts'

/** What most published decoders have in common; each family overrides the rest. */
export const commonTransformer = {
  norm: 'layernorm',
  normEps: 1e-5,
  qkNorm: false,
  bos: null,
  eos: null,
} as const satisfies Partial<TransformerDescription>

/** Side of a square grid of `cells`. NaN when it is not square. */
export function gridSide(cells: number): number {
  const side = Math.round(Math.sqrt(cells))
  return side * side === cells ? side : Number.NaN
}

/** `rows` rows of `width` numbers beginning at row `first`. */
export function rowsOf(values: Float32Array, first: number, rows: number, width: number): Float32Array {
  return values.subarray(first * width, (first + rows) * width)
}

/** One row repeated. */
export function repeated(row: Float32Array, times: number): Float32Array {
  const result = new Float32Array(row.length * times)
  for (let i = 0; i < times; i++) result.set(row, i * row.length)
  return result
}

/** `[rows, columns]` → `[columns, rows]`. */
export function transposedMatrix(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column] ?? 0
  return result
}
