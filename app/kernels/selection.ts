/** Where a filter of the likeliest values ends: values above `value` stay, and the first `ties` of those equal to it. */
export interface SelectionEnd {
  readonly value: number
  readonly ties: number
  /** Mass of the set without its last element, and with it. */
  readonly before: number
  readonly reached: number
}

/**
 * Smallest set of the largest `values` whose mass reaches `target`, by three-way quickselect (O(n) on average, no sort).
 * @param values overwritten; only the first `count` are read
 * @param isMass true: an element's mass is its value (top-p); false: each counts 1 (top-k)
 */
export function selectLargest(values: Float64Array, count: number, target: number, isMass: boolean): SelectionEnd {
  let start = 0
  let end = count
  let above = 0
  while (end - start > 0) {
    const pivot = medianOfThree(values[start] ?? 0, values[(start + end) >> 1] ?? 0, values[end - 1] ?? 0)
    let greater = start
    let smaller = end
    let massOfGreater = 0
    let equals = 0
    for (let i = start; i < smaller;) {
      const value = values[i] ?? 0
      if (value > pivot) {
        values[i++] = values[greater] ?? 0
        values[greater++] = value
        massOfGreater += isMass ? value : 1
      } else if (value < pivot) {
        values[i] = values[--smaller] ?? 0
        values[smaller] = value
      } else {
        equals++
        i++
      }
    }
    const unit = isMass ? pivot : 1
    if (above + massOfGreater >= target) {
      end = greater
    } else if (above + massOfGreater + equals * unit >= target || smaller === end) {
      const wanted = unit > 0 ? Math.ceil((target - above - massOfGreater) / unit) : equals
      const ties = Math.min(equals, Math.max(1, wanted))
      const before = above + massOfGreater + (ties - 1) * unit
      return { value: pivot, ties, before, reached: before + unit }
    } else {
      above += massOfGreater + equals * unit
      start = smaller
    }
  }
  return { value: -Infinity, ties: 0, before: above, reached: above }
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
