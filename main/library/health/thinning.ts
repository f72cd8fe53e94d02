const dayMs = 86_400_000

/** How many days, weeks and months keep a backup each: the newest of its day, week or month. */
export const keptBackups = { days: 7, weeks: 4, months: 6 } as const

/**
 * Which backups stay. The newest always does; then the newest of each of the last 7 days, 4 weeks and 6 months that
 * have one. Counted from the newest backup, not from the clock: a clock that jumps ahead deletes nothing.
 * @param times Unix milliseconds.
 */
export function chooseBackupsToKeep(times: readonly number[]): ReadonlySet<number> {
  const newestFirst = [...times].sort((a, b) => b - a)
  const kept = new Set(newestFirst.slice(0, 1))
  const periods: readonly (readonly [count: number, periodOf: (time: number) => number])[] = [
    [keptBackups.days, (time) => Math.floor(time / dayMs)],
    [keptBackups.weeks, (time) => Math.floor((time / dayMs + 3) / 7)],
    [keptBackups.months, (time) => new Date(time).getUTCFullYear() * 12 + new Date(time).getUTCMonth()],
  ]
  for (const [count, periodOf] of periods) {
    const seen = new Set<number>()
    for (const time of newestFirst) {
      const period = periodOf(time)
      if (seen.has(period) || seen.size === count) continue
      seen.add(period)
      kept.add(time)
    }
  }
  return kept
}
