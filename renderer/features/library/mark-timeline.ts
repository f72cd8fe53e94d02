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
  const name = (day: string, options: Intl.DateTimeFormatOptions) =>
    new Date(`${day}T12:00`).toLocaleDateString(languageTag, options)
  const firstOf = (length: number) =>
    days.filter(({ day }, place) => place === 0 || days[place - 1]?.day.slice(0, length) !== day.slice(0, length))
  const years = firstOf(4)
  const months = firstOf(7)
  const toMark = ({ day, first }: DayPlace, options: Intl.DateTimeFormatOptions, isYear: boolean) => ({
    text: name(day, options),
    y: Math.min(heightPx - 8, Math.max(8, (first / count) * heightPx)),
    isYear,
    first,
  })
  const wishes = [
    ...(years.length > 1 ? years.map((day) => toMark(day, { year: 'numeric' }, true)) : []),
    ...(months.length > 1
      ? months.map((day) => toMark(day, { month: 'short' }, false))
      : days.map((day) => toMark(day, { day: 'numeric', month: 'short' }, false))),
  ]
  const marks: TimelineMark[] = []
  for (const mark of wishes) if (marks.every(({ y }) => Math.abs(y - mark.y) >= leastDistancePx)) marks.push(mark)
  return marks.sort((a, b) => a.y - b.y)
}
