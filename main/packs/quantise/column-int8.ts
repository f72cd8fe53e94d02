import { StudioError } from '#app/contract/errors.ts'

import { float32Of, lazyTensor, type Tensor } from '../onnx/tensor.ts'

/** Weights as a product of integers takes them: `w ≈ code · scale`, one scale for each output. */
export interface ColumnInt8 {
  /** int8 `[in, out]`, from −63 to 63. */
  readonly codes: Tensor
  /** float32 `[out]`. */
  readonly scales: Tensor
}

/**
 * Seven bits: processors without VNNI add two products of an unsigned and a signed byte in 16 bits, where 2 · 255 · 63 fits and
 * 2 · 255 · 127 does not. So the sums are exact, and the same, everywhere.
 */
const largestCode = 63
/** The smallest normal float32: below it a scale itself loses digits, and the largest weight would no longer be reached. */
const smallestScale = 2 ** -126

/** Rounds `[out, in]` float32 weights, symmetrically. The largest error of a weight is half the scale of its output. */
export function quantiseColumns(weight: Tensor): ColumnInt8 {
  const [outputs, inputs] = weight.dims
  if (outputs === undefined || inputs === undefined || weight.dims.length !== 2) {
    throw new StudioError('internal', `Only a matrix can be quantised, not a tensor of shape [${weight.dims}].`)
  }
  return {
    codes: lazyTensor('int8', [inputs, outputs], () => codesOf(float32Of(weight), outputs, inputs)),
    scales: lazyTensor('float32', [outputs], () => scalesOf(float32Of(weight), outputs, inputs)),
  }
}

function scalesOf(values: Float32Array, outputs: number, inputs: number): Float32Array {
  const scales = new Float32Array(outputs)
  for (let output = 0; output < outputs; output++) {
    let largest = 0
    for (let i = output * inputs; i < (output + 1) * inputs; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0))
    scales[output] = largest === 0 ? 0 : Math.max(largest / largestCode, smallestScale)
  }
  return scales
}

/** Transposed in tiles: a plain double loop misses the cache on every write of a large matrix. */
function codesOf(values: Float32Array, outputs: number, inputs: number): Int8Array {
  const scales = scalesOf(values, outputs, inputs)
  const codes = new Int8Array(values.length)
  const tile = 64
  for (let first = 0; first < outputs; first += tile) {
    for (let input = 0; input < inputs; input++) {
      for (let output = first; output < Math.min(first + tile, outputs); output++) {
        const scale = scales[output] ?? 0
        if (scale === 0) continue
        codes[input * outputs + output] = Math.round((values[output * inputs + input] ?? 0) / scale)
      }
    }
  }
  return codes
}
