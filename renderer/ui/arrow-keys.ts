/**
 * Where an arrow, Home or End leads in a grid read row by row; undefined for any other key or when there is nowhere to go.
 */
export function stepInGrid(key: string, index: number, count: number, columns: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index - columns,
    ArrowDown: index + columns,
    Home: 0,
    End: count - 1,
  }
  const next = steps[key]
  return next !== undefined && next >= 0 && next < count && next !== index ? next : undefined
}
