export function countCandidates(count: number): string {
  return count === 1 ? '1 candidate' : `${count} candidates`
}
