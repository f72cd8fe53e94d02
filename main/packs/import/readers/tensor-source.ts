import type { Dtype } from './dtype.ts'

export const checkpointFormats = [
  'torch-zip',
  'torch-legacy',
  'torchscript',
  'safetensors',
  'flax-msgpack',
  'onnx',
] as const
export type CheckpointFormat = (typeof checkpointFormats)[number]

export interface TensorInfo {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/** Plain data a checkpoint carries beside its tensors: hyper-parameters, versions, notes. */
export type PlainValue = null | boolean | number | string | readonly PlainValue[] | ReadonlyMap<string, PlainValue>

/** Elements `first … first + count − 1` of a tensor in row-major order. */
export interface ElementRange {
  readonly first: number
  readonly count: number
}

/** One checkpoint file as a table of tensors that are read from disk when asked for. */
export interface TensorSource {
  readonly format: CheckpointFormat
  readonly fileName: string
  readonly tensors: ReadonlyMap<string, TensorInfo>
  readonly metadata: ReadonlyMap<string, PlainValue>
  /**
   * The tensor as contiguous float32 in row-major order, checked against the file's checksum where it has one.
   * @param range reads only these elements, from disk where they lie together
   * @throws Refusal when the bytes are not what the file declares
   * @throws RangeError for a name that is not in `tensors`
   */
  readFloat32(name: string, range?: ElementRange): Float32Array
  close(): void
}
