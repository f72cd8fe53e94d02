/** What a view into a storage needs to become a contiguous array. Sizes and strides in elements. */
export interface View {
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** Whether the elements lie one after the other in row-major order. */
export function isContiguous({ shape, strides }: View): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1
    if (size !== 1 && strides[axis] !== expected) return false
    expected *= size
  }
  return true
}

/** Elements from the first to one past the last that the view touches. */
export function spanOf({ shape, strides }: View): number {
  if (countElements(shape) === 0) return 0
  return shape.reduce((last, size, axis) => last + (size - 1) * (strides[axis] ?? 0), 0) + 1
}

/**
 * Copies the view's elements into row-major order.
 * @param span its elements from the first to the last, as read from the storage
 */
export function gather(span: Uint8Array, view: View, itemSize: number): Uint8Array {
  const { shape, strides } = view
  const count = countElements(shape)
  const result = new Uint8Array(count * itemSize)
  const index = new Array<number>(shape.length).fill(0)
  let at = 0
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < itemSize; byte++) result[i * itemSize + byte] = span[at * itemSize + byte] ?? 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0
      const next = (index[axis] ?? 0) + 1
      if (next < (shape[axis] ?? 1)) {
        index[axis] = next
        at += stride
        break
      }
      index[axis] = 0
      at -= stride * (next - 1)
    }
  }
  return result
}
