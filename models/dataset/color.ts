/** Colour arithmetic in OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020). */
export interface Oklch {
  /** Perceived lightness, 0–1. */
  readonly lightness: number
  /** Colourfulness, 0 (grey) to about 0.32 in sRGB. */
  readonly chroma: number
  /** Degrees, 0–360. */
  readonly hue: number
}

type Rgb = readonly [number, number, number]

const toLinear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
const fromLinear = (c: number): number => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055)

/** sRGB 0–255 to OKLCH. */
export function rgbToOklch([red, green, blue]: Rgb): Oklch {
  const r = toLinear(red / 255)
  const g = toLinear(green / 255)
  const b = toLinear(blue / 255)
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  const hue = (Math.atan2(bb, a) * 180) / Math.PI
  return { lightness, chroma: Math.hypot(a, bb), hue: (hue + 360) % 360 }
}

function oklchToLinear({ lightness, chroma, hue }: Oklch): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
}

const fits = (rgb: Rgb): boolean => rgb.every((c) => c >= -0.0005 && c <= 1.0005)

/** OKLCH to sRGB 0–255; chroma is lowered until the colour exists in sRGB. */
export function oklchToRgb(color: Oklch): Rgb {
  let chroma = color.chroma
  let linear = oklchToLinear(color)
  while (!fits(linear) && chroma > 0.001) {
    chroma *= 0.95
    linear = oklchToLinear({ ...color, chroma })
  }
  const [r, g, b] = linear.map((c) => Math.round(255 * fromLinear(Math.min(1, Math.max(0, c)))))
  return [r ?? 0, g ?? 0, b ?? 0]
}

/** `#abc` or `#aabbcc` to sRGB 0–255. */
export function hexToRgb(hex: string): Rgb {
  const digits = hex.slice(1)
  const full = digits.length <= 4 ? [...digits].map((d) => d + d).join('') : digits
  return [0, 2, 4].map((i) => Number.parseInt(full.slice(i, i + 2), 16)) as unknown as Rgb
}

export const rgbToHex = (rgb: Rgb): string => `#${rgb.map((c) => c.toString(16).padStart(2, '0')).join('')}`

/** Signed difference of two hues in degrees, −180 to 180. */
export const hueDifference = (a: number, b: number): number => ((a - b + 540) % 360) - 180

/** Colours an object can be asked for, and the OKLCH colour its main part is painted with. */
export const tints: Readonly<Record<string, Oklch>> = {
  red: { lightness: 0.6, chroma: 0.22, hue: 27 },
  orange: { lightness: 0.74, chroma: 0.17, hue: 58 },
  yellow: { lightness: 0.87, chroma: 0.17, hue: 95 },
  green: { lightness: 0.65, chroma: 0.18, hue: 145 },
  blue: { lightness: 0.58, chroma: 0.18, hue: 255 },
  purple: { lightness: 0.54, chroma: 0.2, hue: 305 },
  pink: { lightness: 0.78, chroma: 0.13, hue: 355 },
  brown: { lightness: 0.47, chroma: 0.08, hue: 52 },
}

/** Backgrounds by name; white is the default and may go unsaid. */
export const backgrounds: Readonly<Record<string, string>> = {
  white: '#ffffff',
  blue: '#9ccbff',
  yellow: '#ffe680',
  pink: '#ffc4dd',
  green: '#aee8a6',
  gray: '#c4c8ce',
  black: '#1c1c20',
}

/** The everyday name of a colour, or null where people would disagree. */
export function nameColor({ lightness, chroma, hue }: Oklch): string | null {
  if (chroma < 0.025) {
    if (lightness > 0.9) return 'white'
    if (lightness < 0.33) return 'black'
    return lightness > 0.45 && lightness < 0.82 ? 'gray' : null
  }
  if (chroma < 0.05) return null
  if (hue > 30 && hue < 85 && lightness < 0.6 && chroma < 0.13) return 'brown'
  if (hue > 18 && hue < 38 && lightness < 0.7 && chroma > 0.15) return 'red'
  if (hue > 48 && hue < 76 && lightness > 0.65 && chroma > 0.12) return 'orange'
  if (hue > 82 && hue < 108 && lightness > 0.76 && chroma > 0.1) return 'yellow'
  if (hue > 122 && hue < 162 && chroma > 0.09) return 'green'
  if (hue > 225 && hue < 268 && lightness < 0.82 && chroma > 0.07) return 'blue'
  if (hue > 288 && hue < 320 && chroma > 0.09) return 'purple'
  if ((hue > 335 || hue < 15) && lightness > 0.66 && chroma > 0.07) return 'pink'
  return null
}
