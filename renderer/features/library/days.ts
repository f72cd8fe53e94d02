/** The end of a local day written `2026-11-22`, as a moment in UTC: what is older comes first in sight, which is what jumping to a date means. */
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
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
