import { StudioError } from '#app/contract/errors.ts'

import { float32Of, lazyTensor, type Tensor } from '../onnx/tensor.ts'

/** Weights as `com.microsoft.MatMulNBits` with 8 bits takes them: `w ≈ (code − 128) · scale`, one scale for each block of inputs. */
export interface BlockInt8 {
  /** uint8 `[out, blocks, blockSize]`; past the last input it holds 128, which is zero. */
  readonly codes: Tensor
  /** float32 `[out, blocks]`. */
  readonly scales: Tensor
  readonly blockSize: number
}

export const defaultBlockSize = 128
const zeroPoint = 128
/** The smallest normal float32: below it a scale itself loses digits, and the extremes of a block would no longer be reached. */
const smallestScale = 2 ** -126

/**
 * Rounds `[out, in]` float32 weights to 8 bits, symmetrically, in blocks along the inputs. The largest error of a weight is half its block's scale.
 * @param blockSize a power of two, at least 16.
 */
export function quantiseBlocks(weight: Tensor, blockSize = defaultBlockSize): BlockInt8 {
  const [rows, columns] = weight.dims
  if (rows === undefined || columns === undefined || weight.dims.length !== 2) {
    throw new StudioError('internal', `Only a matrix can be quantised, not a tensor of shape [${weight.dims}].`)
  }
  const blocks = Math.ceil(columns / blockSize)
  const layout: Layout = { rows, columns, blocks, blockSize }
  return {
    codes: lazyTensor('uint8', [rows, blocks, blockSize], () => codesOf(float32Of(weight), layout)),
    scales: lazyTensor('float32', [rows, blocks], () => scalesOf(float32Of(weight), layout)),
    blockSize,
  }
}

interface Layout {
  readonly rows: number
  readonly columns: number
  /** Blocks in one row. */
  readonly blocks: number
  readonly blockSize: number
}

function scalesOf(values: Float32Array, { rows, columns, blocks, blockSize }: Layout): Float32Array {
  const scales = new Float32Array(rows * blocks)
  for (let block = 0; block < scales.length; block += 1) {
    const row = Math.floor(block / blocks)
    const begin = row * columns + (block % blocks) * blockSize
    scales[block] = blockScale(values.subarray(begin, Math.min(begin + blockSize, (row + 1) * columns)))
  }
  return scales
}

function codesOf(values: Float32Array, layout: Layout): Uint8Array {
  const { rows, columns, blocks, blockSize } = layout
  const scales = scalesOf(values, layout)
  const codes = new Uint8Array(rows * blocks * blockSize).fill(zeroPoint)
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const block = row * blocks + Math.floor(column / blockSize)
      const scale = scales[block] ?? 0
      if (scale === 0) continue
      const code = Math.round((values[row * columns + column] ?? 0) / scale) + zeroPoint
      codes[block * blockSize + (column % blockSize)] = Math.min(255, code)
    }
  }
  return codes
}

/** The finest scale that reaches both extremes of a block: codes go 128 down and 127 up. */
function blockScale(values: Float32Array): number {
  let low = 0
  let high = 0
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low === 0 && high === 0) return 0
  return Math.max(Math.fround(Math.max(-low / 128, high / 127)), smallestScale)
}
