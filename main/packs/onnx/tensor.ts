import { StudioError } from '#app/contract/errors.ts'

/** Bytes of one element; `float16` holds IEEE 754 binary16 bit patterns. */
export const elementBytes = {
  float32: 4,
  float16: 2,
  int64: 8,
  int32: 4,
  uint8: 1,
  int8: 1,
  bool: 1,
} as const
export type ElementType = keyof typeof elementBytes

/**
 * A dense tensor in row-major order; `bytes` is little-endian and exactly as long as `dims` and `type` say.
 * `bytes` may be computed or read from disk each time it is asked for: ask once, and late.
 */
export interface Tensor {
  readonly type: ElementType
  readonly dims: readonly number[]
  readonly bytes: Uint8Array
}

interface TypedArrays {
  readonly float32: Float32Array
  /** The bit patterns. */
  readonly float16: Uint16Array
  readonly int64: BigInt64Array
  readonly int32: Int32Array
  readonly uint8: Uint8Array
  readonly int8: Int8Array
  readonly bool: Uint8Array
}

/** Wraps `values` without copying: changing them later changes the tensor. Throws `internal` when the count and `dims` disagree. */
export function tensor<T extends ElementType>(type: T, dims: readonly number[], values: TypedArrays[T]): Tensor {
  if (values.length !== elementCount(dims)) {
    throw new StudioError('internal', `A ${type} tensor of shape [${dims}] was given ${values.length} elements.`)
  }
  return { type, dims, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }
}

/**
 * A tensor whose values are made each time its bytes are asked for. A model that is larger than memory is written as a chain of these:
 * only one tensor of it exists at a time.
 */
export function lazyTensor<T extends ElementType>(
  type: T,
  dims: readonly number[],
  compute: () => TypedArrays[T],
): Tensor {
  return {
    type,
    dims,
    get bytes() {
      return tensor(type, dims, compute()).bytes
    },
  }
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

/** Length of the bytes, without making them. */
export function byteLength({ type, dims }: Tensor): number {
  return elementCount(dims) * elementBytes[type]
}

/** The elements of a float32 tensor; a view where the alignment allows it, else a copy. Throws `internal` for other types. */
export function float32Of(source: Tensor): Float32Array {
  if (source.type !== 'float32') {
    throw new StudioError('internal', `A float32 tensor was expected, not ${source.type}.`)
  }
  const { bytes } = source
  if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
  return new Float32Array(bytes.slice().buffer)
}

/** The same elements in another shape, not copied. Throws `internal` when the counts differ. */
export function reshaped(source: Tensor, dims: readonly number[]): Tensor {
  if (elementCount(dims) !== elementCount(source.dims)) {
    throw new StudioError('internal', `A tensor of shape [${source.dims}] cannot become [${dims}].`)
  }
  return {
    type: source.type,
    dims,
    get bytes() {
      return source.bytes
    },
  }
}
