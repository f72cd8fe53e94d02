/// <reference lib="esnext.float16" />
import { float32Of, type Tensor } from '../onnx/tensor.ts'

/** Rounds a float32 tensor to float16, nearest even. Values past 65504 become infinite: weights are far below. */
export function toFloat16(source: Tensor): Tensor {
  const halves = new Float16Array(float32Of(source))
  return { type: 'float16', dims: source.dims, bytes: new Uint8Array(halves.buffer) }
}

/** The same values as float32; a float32 tensor is returned as it is. */
export function toFloat32(source: Tensor): Tensor {
  if (source.type !== 'float16') return source
  const bytes = source.bytes.byteOffset % 2 === 0 ? source.bytes : source.bytes.slice()
  const floats = new Float32Array(new Float16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2))
  return { type: 'float32', dims: source.dims, bytes: new Uint8Array(floats.buffer) }
}
