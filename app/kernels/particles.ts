/** Weighted alternatives of one thing that is drawn step by step: sequential Monte Carlo (Gordon, Salmond and Smith, 1993). */

/** `exp(w − max)` divided by their sum. @param logWeights natural logarithms, at least one finite */
export function shares(logWeights: readonly number[]): number[] {
  const most = Math.max(...logWeights)
  const weights = logWeights.map((weight) => Math.exp(weight - most))
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / sum)
}

/** How many equal weights would say as much: 1 when one has all, the number of them when they are equal. */
export function effectiveCount(logWeights: readonly number[]): number {
  return 1 / shares(logWeights).reduce((sum, share) => sum + share * share, 0)
}

/** One of them, with its share as the probability. @param uniform in (0, 1) */
export function pick(logWeights: readonly number[], uniform: number): number {
  let rest = uniform
  for (const [index, share] of shares(logWeights).entries()) {
    rest -= share
    if (rest < 0) return index
  }
  return logWeights.length - 1
}

/**
 * Systematic resampling: those with little weight become copies of those with much; whoever stays keeps its place.
 * @param uniform in (0, 1)
 * @returns whom each one that goes is replaced by
 */
export function resample(logWeights: readonly number[], uniform: number): readonly { from: number; to: number }[] {
  const count = logWeights.length
  const children = Array.from({ length: count }, () => 0)
  let reached = 0
  let point = 0
  for (const [index, share] of shares(logWeights).entries()) {
    reached += share
    for (; point < count && (uniform + point) / count < reached; point++) children[index] = (children[index] ?? 0) + 1
  }
  // What rounding leaves over goes to the last.
  children[count - 1] = (children[count - 1] ?? 0) + count - point
  const gone = children.flatMap((number, index) => (number === 0 ? [index] : []))
  return children.flatMap((number, from) =>
    Array.from({ length: Math.max(0, number - 1) }, () => ({ from, to: gone.shift() ?? from })),
  )
}
