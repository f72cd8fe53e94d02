export interface Colour {
  readonly r: number
  readonly g: number
  readonly b: number
  readonly a: number
}

/** Squared distance in RGB below which two colours are one to the eye: 28 steps of a channel. */
const sameColour = 28 ** 2

/**
 * The commonest colours of a picture, each well apart from the others: a palette for flat art.
 * @param rgba bytes in raster order
 */
export function countColours(rgba: ArrayLike<number>, limit: number): readonly Colour[] {
  const bins = new Map<number, { n: number; r: number; g: number; b: number }>()
  for (let byte = 0; byte < rgba.length; byte += 4) {
    const [r, g, b] = [rgba[byte] ?? 0, rgba[byte + 1] ?? 0, rgba[byte + 2] ?? 0]
    const key = ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3)
    const bin = bins.get(key) ?? { n: 0, r: 0, g: 0, b: 0 }
    bin.n += 1
    bin.r += r
    bin.g += g
    bin.b += b
    bins.set(key, bin)
  }
  const means = [...bins.values()]
    .sort((one, other) => other.n - one.n)
    .map(({ n, r, g, b }) => ({ r: Math.round(r / n), g: Math.round(g / n), b: Math.round(b / n), a: 255 }))
  const chosen: Colour[] = []
  for (const colour of means) {
    const isNew = chosen.every(
      ({ r, g, b }) => (r - colour.r) ** 2 + (g - colour.g) ** 2 + (b - colour.b) ** 2 > sameColour,
    )
    if (isNew) chosen.push(colour)
    if (chosen.length === limit) break
  }
  return chosen
}
