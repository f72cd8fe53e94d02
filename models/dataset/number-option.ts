interface Allowed {
  readonly min: number
  readonly max?: number
  readonly isWhole?: boolean
}

/** The number that the option `--name` of a command gives; the error of another text names what is allowed. */
export function readNumber(name: string, text: string, { min, max = Infinity, isWhole = false }: Allowed): number {
  const value = text.trim() === '' ? NaN : Number(text)
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value) || value === Infinity)) return value
  const range = max === Infinity ? `from ${min} on` : `from ${min} to ${max}`
  throw new Error(`--${name} must be a ${isWhole ? 'whole ' : ''}number ${range}, got "${text}".`)
}
