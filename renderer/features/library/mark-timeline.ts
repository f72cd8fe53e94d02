import type { DayPlace } from '#renderer/state/timeline.svelte.ts'

export interface TimelineMark {
  readonly text: string
  /** Pixels from the top. */
  readonly y: number
  readonly isYear: boolean
  /** Place of its first picture in the list. */
  readonly first: number
}

/** Marks nearer than this would lie upon each other. */
const leastDistancePx = 20

/**
 * Years and months beside a list of pictures, each where its first picture is in proportion: years first, then what
 * months there is room for; of a list within one month, its days.
 */
export function markTimeline(
  days: readonly DayPlace[],
  count: number,
  heightPx: number,
  languageTag: string,
): readonly TimelineMark[] {
  if (days.length < 2 || heightPx < leastDistancePx * 2) return []
  const firstOf = (length: number) =>
    days.filter(({ day }, place) => place === 0 || days[place - 1]?.day.slice(0, length) !== day.slice(0, length))
  const years = firstOf(4)
  const months = firstOf(7)
  const marks: TimelineMark[] = []
  const place = (wishes: readonly DayPlace[], isYear: boolean, options: Intl.DateTimeFormatOptions) => {
    // A formatter costs as much as a hundred dates.
    const dates = new Intl.DateTimeFormat(languageTag, options)
    for (const { day, first } of wishes) {
      const y = Math.min(heightPx - 8, Math.max(8, (first / count) * heightPx))
      if (marks.some((mark) => Math.abs(mark.y - y) < leastDistancePx)) continue
      marks.push({ text: dates.format(new Date(`${day}T12:00`)), y, isYear, first })
    }
  }
  if (years.length > 1) place(years, true, { year: 'numeric' })
  if (months.length > 1) place(months, false, { month: 'short' })
  else place(days, false, { day: 'numeric', month: 'short' })
  return marks.sort((a, b) => a.y - b.y)
}
