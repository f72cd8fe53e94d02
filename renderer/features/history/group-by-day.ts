import type { GenerationSummary } from '#app/domain/generation.ts'

export interface Day {
  /** Local midnight. */
  readonly date: Date
  readonly items: readonly GenerationSummary[]
}

/** Runs of the same local day together, in the order given. */
export function groupByDay(items: readonly GenerationSummary[]): readonly Day[] {
  const days: { date: Date; items: GenerationSummary[] }[] = []
  for (const item of items) {
    const date = new Date(item.createdAt)
    date.setHours(0, 0, 0, 0)
    const last = days.at(-1)
    if (last?.date.getTime() === date.getTime()) last.items.push(item)
    else days.push({ date, items: [item] })
  }
  return days
}

/** Whole days from one local midnight to another; daylight saving makes some of them 23 hours long. */
export function daysBetween(earlier: Date, later: Date): number {
  const start = new Date(later)
  start.setHours(0, 0, 0, 0)
  return Math.round((start.getTime() - earlier.getTime()) / 86_400_000)
}
