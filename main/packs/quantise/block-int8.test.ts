import fc from 'fast-check'
import { expect, test } from 'vitest'

import { float32Of, tensor } from '../onnx/tensor.ts'

import { quantiseBlocks, type BlockInt8 } from './block-int8.ts'

function dequantised({ codes, scales, blockSize }: BlockInt8, columns: number): number[] {
  const [rows = 0, blocks = 0] = scales.dims
  return Array.from({ length: rows * columns }, (_, index) => {
    const row = Math.floor(index / columns)
    const column = index % columns
    const block = row * blocks + Math.floor(column / blockSize)
    const code = codes.bytes[block * blockSize + (column % blockSize)] ?? 0
    return (code - 128) * (float32Of(scales)[block] ?? 0)
  })
}

test('codes and scales of known weights', () => {
  const weight = tensor(
    'float32',
    [2, 17],
    Float32Array.from({ length: 34 }, (_, i) => (i < 16 ? i - 8 : i === 16 ? 127 : 0)),
  )
  const { codes, scales } = quantiseBlocks(weight, 16)
  expect({ dims: codes.dims, scales: [...float32Of(scales)], codes: [...codes.bytes] }).toEqual({
    dims: [2, 2, 16],
    scales: [0.0625, 1, 0, 0],
    codes: [
      ...Array.from({ length: 16 }, (_, i) => 128 + (i - 8) * 16),
      ...[255, ...Array<number>(15).fill(128)],
      ...Array<number>(32).fill(128),
    ],
  })
})

test('no weight is off by more than half the scale of its block', () => {
  const weights = fc.float32Array({ minLength: 60, maxLength: 60, noNaN: true, min: -100, max: 100 })
  fc.assert(
    fc.property(weights, (values) => {
      const quantised = quantiseBlocks(tensor('float32', [3, 20], values), 16)
      const scales = float32Of(quantised.scales)
      dequantised(quantised, 20).forEach((value, index) => {
        const scale = scales[Math.floor(index / 20) * 2 + Math.floor((index % 20) / 16)] ?? 0
        expect(Math.abs(value - (values[index] ?? 0))).toBeLessThanOrEqual(scale * 0.5001)
      })
    }),
  )
})
