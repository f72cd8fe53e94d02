import { hexToRgb, hueDifference, nameColor, oklchToRgb, rgbToHex, rgbToOklch, type Oklch } from './color.ts'

/** The colours that make an object's main part: one hue with its shades, or its light greys. */
export interface MainColor {
  readonly kind: 'chromatic' | 'achromatic'
  /** Area-weighted mean of the family. */
  readonly mean: Oklch
  /** Share of the opaque area, 0–1. */
  readonly share: number
  /** What people call it, or null. */
  readonly name: string | null
}

const hueReach = 32
const greyChroma = 0.04

function isMember(color: Oklch, main: Pick<MainColor, 'kind' | 'mean'>): boolean {
  if (main.kind === 'achromatic') return color.chroma < greyChroma && color.lightness > 0.42
  return color.chroma >= greyChroma && Math.abs(hueDifference(color.hue, main.mean.hue)) <= hueReach
}

function meanOf(colors: readonly Oklch[]): Oklch {
  let [lightness, a, b, chroma] = [0, 0, 0, 0]
  for (const c of colors) {
    lightness += c.lightness
    chroma += c.chroma
    a += c.chroma * Math.cos((c.hue * Math.PI) / 180)
    b += c.chroma * Math.sin((c.hue * Math.PI) / 180)
  }
  const hue = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360
  return { lightness: lightness / colors.length, chroma: chroma / colors.length, hue }
}

/** Finds the main colour of a picture from its straight-alpha RGBA pixels. */
export function findMainColor(rgba: Uint8Array): MainColor {
  const colors: Oklch[] = []
  for (let i = 0; i < rgba.length; i += 4) {
    if ((rgba[i + 3] ?? 0) > 200) colors.push(rgbToOklch([rgba[i] ?? 0, rgba[i + 1] ?? 0, rgba[i + 2] ?? 0]))
  }
  const candidates: Pick<MainColor, 'kind' | 'mean'>[] = [
    { kind: 'achromatic', mean: { lightness: 0.8, chroma: 0, hue: 0 } },
  ]
  for (let hue = 0; hue < 360; hue += 10) candidates.push({ kind: 'chromatic', mean: { lightness: 0, chroma: 0, hue } })
  let best: Oklch[] = []
  let kind: MainColor['kind'] = 'achromatic'
  for (const candidate of candidates) {
    const members = colors.filter((color) => isMember(color, candidate))
    if (members.length > best.length) {
      best = members
      kind = candidate.kind
    }
  }
  if (best.length === 0) return { kind, mean: { lightness: 0, chroma: 0, hue: 0 }, share: 0, name: null }
  const mean = meanOf(best)
  return { kind, mean, share: best.length / colors.length, name: nameColor(mean) }
}

/** Paints one colour of the family in the tint, keeping its place between shadow and highlight. */
export function tintColor(color: Oklch, main: MainColor, tint: Oklch): Oklch {
  const lightness = Math.min(0.97, Math.max(0.12, tint.lightness + 0.8 * (color.lightness - main.mean.lightness)))
  const ratio = main.kind === 'chromatic' ? color.chroma / main.mean.chroma : 1
  const drift = main.kind === 'chromatic' ? 0.4 * hueDifference(color.hue, main.mean.hue) : 0
  return {
    lightness,
    chroma: tint.chroma * Math.min(1.15, Math.max(0.55, ratio)),
    hue: (tint.hue + drift + 360) % 360,
  }
}

/** Repaints the main colour of an SVG's markup; every other colour (a leaf, a wheel, an eye) stays. */
export function tintSvg(body: string, main: MainColor, tint: Oklch): string {
  return body.replaceAll(/#[0-9a-fA-F]{3,8}\b/g, (hex) => {
    if (![4, 7].includes(hex.length)) return hex
    const color = rgbToOklch(hexToRgb(hex))
    return isMember(color, main) ? rgbToHex(oklchToRgb(tintColor(color, main, tint))) : hex
  })
}
