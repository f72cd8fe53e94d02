/** A figure of a table with three digits; a dash for what was not measured. */
export function shown(value: number | null): string {
  return value === null ? '–' : value.toPrecision(3)
}

export function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`
}
