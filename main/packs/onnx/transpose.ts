import { StudioError } from '#app/contract/errors.ts'

import { float32Of, lazyTensor, type Tensor } from './tensor.ts'

/** `[m, n]` float32 to `[n, m]`, when its bytes are asked for. */
export function transposed(source: Tensor): Tensor {
  const [rows, columns] = source.dims
  if (rows === undefined || columns === undefined || source.dims.length !== 2) {
    throw new StudioError('internal', `Only a matrix can be transposed, not a tensor of shape [${source.dims}].`)
  }
  return lazyTensor('float32', [columns, rows], () => transposedValues(float32Of(source), rows, columns))
}

/** In tiles: a plain double loop misses the cache on every write of a large matrix. */
function transposedValues(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length)
  const tile = 32
  for (let top = 0; top < rows; top += tile) {
    for (let left = 0; left < columns; left += tile) {
      for (let row = top; row < Math.min(top + tile, rows); row += 1) {
        for (let column = left; column < Math.min(left + tile, columns); column += 1) {
          result[column * rows + row] = values[row * columns + column] ?? 0
        }
      }
    }
  }
  return result
}
