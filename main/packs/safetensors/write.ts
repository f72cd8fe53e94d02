import type { ElementType } from '../onnx/tensor.ts'

import type { TensorMap } from './read.ts'

const safetensorsTypes: Record<ElementType, string> = {
  float32: 'F32',
  float16: 'F16',
  int64: 'I64',
  int32: 'I32',
  uint8: 'U8',
  int8: 'I8',
  bool: 'BOOL',
}

/** The file's pieces in order; the header is padded with spaces so that the data starts at a multiple of 8 bytes. */
export function safetensorsChunks(tensors: TensorMap): Uint8Array[] {
  let end = 0
  const header = Object.fromEntries(
    [...tensors].map(([name, { type, dims, bytes }]) => {
      const begin = end
      end += bytes.byteLength
      return [name, { dtype: safetensorsTypes[type], shape: dims, data_offsets: [begin, end] }]
    }),
  )
  const json = Buffer.from(JSON.stringify(header))
  const padding = (8 - (json.byteLength % 8)) % 8
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.byteLength + padding))
  return [prefix, json, Buffer.alloc(padding, ' '), ...[...tensors.values()].map(({ bytes }) => bytes)]
}
