/// <reference lib="esnext.float16" />
import { float32Of, lazyTensor, type Tensor } from '../onnx/tensor.ts'

/** Rounds a float32 tensor to float16, nearest even. Values past 65504 become infinite: weights are far below. */
export function toFloat16(source: Tensor): Tensor {
  return lazyTensor('float16', source.dims, () => new Uint16Array(new Float16Array(float32Of(source)).buffer))
}

/** The same values as float32; a float32 tensor is returned as it is. */
export function toFloat32(source: Tensor): Tensor {
  if (source.type !== 'float16') return source
  return lazyTensor('float32', source.dims, () => {
    const { bytes } = source
    const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice()
    return new Float32Array(new Float16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2))
  })
}
