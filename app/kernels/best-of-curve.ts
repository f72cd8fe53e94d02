/** A point of the best-of-N curve (paper §2.6, Fig. 9c). */
export interface BestOfPoint {
  readonly n: number
  readonly expectedBest: number
}

/**
 * Expected best score when only n of the candidates had been drawn, exactly: the mean of the maximum over all subsets of
 * size n. The i-th smallest of N is the maximum of C(i−1, n−1) of the C(N, n) subsets.
 * @param sizes values of n, from 1 to `scores.length`; default: 1, 2, 4, … and N
 */
export function bestOfCurve(
  scores: readonly number[],
  sizes: readonly number[] = defaultSizes(scores.length),
): BestOfPoint[] {
  const sorted = [...scores].sort((a, b) => a - b)
  return sizes.map((n) => ({ n, expectedBest: expectedMaximum(sorted, n) }))
}

function expectedMaximum(sorted: readonly number[], n: number): number {
  const total = sorted.length
  let share = n / total
  let sum = 0
  for (let i = total; i >= n; i--) {
    sum += share * (sorted[i - 1] ?? 0)
    if (i > 1) share *= (i - n) / (i - 1)
  }
  return sum
}

function defaultSizes(total: number): number[] {
  const sizes: number[] = []
  for (let n = 1; n < total; n *= 2) sizes.push(n)
  if (total > 0) sizes.push(total)
  return sizes
}
