import fc from 'fast-check'
import { expect, test } from 'vitest'

import { float32Of, tensor } from '../onnx/tensor.ts'

import { quantiseColumns, type ColumnInt8 } from './column-int8.ts'

/** `[out, in]`, as the weights came. */
function dequantised({ codes, scales }: ColumnInt8): number[] {
  const [inputs = 0, outputs = 0] = codes.dims
  const signed = new Int8Array(codes.bytes.buffer)
  return Array.from({ length: inputs * outputs }, (_, index) => {
    const output = Math.floor(index / inputs)
    return (signed[(index % inputs) * outputs + output] ?? 0) * (float32Of(scales)[output] ?? 0)
  })
}

test('codes and scales of known weights', () => {
  const weight = tensor('float32', [3, 2], Float32Array.of(126, -3, 0, 0, -63, 31.4))
  const { codes, scales } = quantiseColumns(weight)
  const signed = [...new Int8Array(codes.bytes.buffer)]
  expect({ dims: codes.dims, signed, scales: [...float32Of(scales)] }).toEqual({
    dims: [2, 3],
    signed: [63, 0, -63, -1, 0, 31],
    scales: [2, 0, 1],
  })
})

test('no weight is off by more than half the scale of its output, and no code needs more than seven bits', () => {
  const weights = fc.float32Array({ minLength: 60, maxLength: 60, noNaN: true, min: -100, max: 100 })
  fc.assert(
    fc.property(weights, (values) => {
      const quantised = quantiseColumns(tensor('float32', [3, 20], values))
      const scales = float32Of(quantised.scales)
      dequantised(quantised).forEach((value, index) => {
        const scale = scales[Math.floor(index / 20)] ?? 0
        expect(Math.abs(value - (values[index] ?? 0))).toBeLessThanOrEqual(scale * 0.5001)
      })
      expect(Math.max(...new Int8Array(quantised.codes.bytes.buffer).map(Math.abs))).toBeLessThanOrEqual(63)
    }),
  )
})
