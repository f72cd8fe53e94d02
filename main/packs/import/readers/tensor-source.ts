import type { Dtype } from './dtype.ts'

export const checkpointFormats = ['torch-zip', 'torch-legacy', 'torchscript', 'safetensors', 'flax-msgpack'] as const
export type CheckpointFormat = (typeof checkpointFormats)[number]

export interface TensorInfo {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/** Plain data a checkpoint carries beside its tensors: hyper-parameters, versions, notes. */
export type PlainValue = null | boolean | number | string | readonly PlainValue[] | ReadonlyMap<string, PlainValue>

/** One checkpoint file as a table of tensors that are read from disk when asked for. */
export interface TensorSource {
  readonly format: CheckpointFormat
  readonly fileName: string
  readonly tensors: ReadonlyMap<string, TensorInfo>
  readonly metadata: ReadonlyMap<string, PlainValue>
  /**
   * The tensor as contiguous float32 in row-major order, checked against the file's checksum where it has one.
   * @throws Refusal when the bytes are not what the file declares
   * @throws RangeError for a name that is not in `tensors`
   */
  readFloat32(name: string): Float32Array
  close(): void
}
