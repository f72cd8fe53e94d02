import { localDay } from '#renderer/state/timeline.svelte.ts'

/** The beginning of a local day written `2026-11-22`, as a moment in UTC. */
export function startOfDay(day: string): string | undefined {
  return day === '' ? undefined : new Date(`${day}T00:00`).toISOString()
}

/** The local day of a moment. */
export function dayOf(moment: string | undefined): string {
  return moment === undefined ? '' : localDay(new Date(moment))
}

/** The end of a local day, as a moment in UTC. */
export function endOfDay(day: string): string | undefined {
  if (day === '') return undefined
  const date = new Date(`${day}T00:00`)
  date.setDate(date.getDate() + 1)
  return date.toISOString()
}

/** The local day that ends at a moment; the opposite of `endOfDay`. */
export function dayBefore(moment: string | undefined): string {
  if (moment === undefined) return ''
  const date = new Date(moment)
  date.setDate(date.getDate() - 1)
  return localDay(date)
}
