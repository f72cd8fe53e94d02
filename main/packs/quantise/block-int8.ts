import { StudioError } from '#app/contract/errors.ts'

import { float32Of, tensor, type Tensor } from '../onnx/tensor.ts'

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

/**
 * Rounds `[out, in]` float32 weights to 8 bits, symmetrically, in blocks along the inputs. The largest error of a weight is half its block's scale.
 * @param blockSize a power of two, at least 16.
 */
export function quantiseBlocks(weight: Tensor, blockSize = defaultBlockSize): BlockInt8 {
  const [rows, columns] = weight.dims
  if (rows === undefined || columns === undefined || weight.dims.length !== 2) {
    throw new StudioError('internal', `Only a matrix can be quantised, not a tensor of shape [${weight.dims}].`)
  }
  const values = float32Of(weight)
  const blocks = Math.ceil(columns / blockSize)
  const codes = new Uint8Array(rows * blocks * blockSize).fill(zeroPoint)
  const scales = new Float32Array(rows * blocks)
  for (let row = 0; row < rows; row += 1) {
    for (let block = 0; block < blocks; block += 1) {
      const begin = row * columns + block * blockSize
      const source = values.subarray(begin, Math.min(begin + blockSize, (row + 1) * columns))
      const scale = blockScale(source)
      scales[row * blocks + block] = scale
      const target = (row * blocks + block) * blockSize
      source.forEach((value, index) => {
        codes[target + index] = scale === 0 ? zeroPoint : Math.min(255, Math.round(value / scale) + zeroPoint)
      })
    }
  }
  return {
    codes: tensor('uint8', [rows, blocks, blockSize], codes),
    scales: tensor('float32', [rows, blocks], scales),
    blockSize,
  }
}

/** The finest scale that reaches both extremes of a block: codes go 128 down and 127 up. */
function blockScale(values: Float32Array): number {
  let low = 0
  let high = 0
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return Math.fround(Math.max(-low / 128, high / 127))
}
