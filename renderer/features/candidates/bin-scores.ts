/** How many scores fall into each of equally wide bins between the lowest and the highest. */
export function binScores(
  scores: readonly number[],
  bins: number,
): readonly { readonly from: number; readonly count: number }[] {
  if (scores.length === 0) return []
  const low = Math.min(...scores)
  const width = (Math.max(...scores) - low) / bins || 1
  const counts = Array.from({ length: bins }, (_, number) => ({ from: low + number * width, count: 0 }))
  for (const score of scores) {
    const bin = counts[Math.min(bins - 1, Math.floor((score - low) / width))]
    if (bin !== undefined) bin.count += 1
  }
  return counts
}
