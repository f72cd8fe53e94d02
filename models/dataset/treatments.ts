export type TreatmentId = 'black-and-white' | 'mirrored' | 'upside-down' | 'outline' | 'sketch'

/** What can be done to a cut-out, and how captions say it. `{o}` is the object with its article. */
export interface Treatment {
  readonly id: TreatmentId
  readonly wordings: readonly string[]
  /** Straight-alpha RGBA in, the same out; `side` is the length of a row in pixels. */
  readonly apply: (rgba: Uint8Array, side: number) => Uint8Array
}

const ink = 45

/** Luma of a pixel over white, 0–255. */
function lumaOverWhite(rgba: Uint8Array, i: number): number {
  const alpha = (rgba[i + 3] ?? 0) / 255
  const luma = 0.299 * (rgba[i] ?? 0) + 0.587 * (rgba[i + 1] ?? 0) + 0.114 * (rgba[i + 2] ?? 0)
  return alpha * luma + 255 * (1 - alpha)
}

function mapPixels(
  rgba: Uint8Array,
  side: number,
  from: (x: number, y: number) => readonly [number, number],
): Uint8Array {
  const out = new Uint8Array(rgba.length)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [fromX, fromY] = from(x, y)
      const source = (fromY * side + fromX) * 4
      out.set(rgba.subarray(source, source + 4), (y * side + x) * 4)
    }
  }
  return out
}

/** Strength of the edge at every pixel, 0–1: the largest change of luma or alpha within `reach` pixels. */
function edges(rgba: Uint8Array, side: number, reach: number): Float32Array {
  const luma = new Float32Array(side * side)
  for (let p = 0; p < luma.length; p++) luma[p] = lumaOverWhite(rgba, p * 4) / 255 - (rgba[p * 4 + 3] ?? 0) / 510
  const out = new Float32Array(side * side)
  for (let y = reach; y < side - reach; y++) {
    for (let x = reach; x < side - reach; x++) {
      const p = y * side + x
      const across = Math.abs((luma[p + reach] ?? 0) - (luma[p - reach] ?? 0))
      const down = Math.abs((luma[p + reach * side] ?? 0) - (luma[p - reach * side] ?? 0))
      out[p] = Math.min(1, 4 * Math.max(0, Math.max(across, down) - 0.08))
    }
  }
  return out
}

/** Dark ink whose opacity is given for every pixel. */
function drawInk(opacity: (p: number) => number, count: number): Uint8Array {
  const out = new Uint8Array(count * 4)
  for (let p = 0; p < count; p++) out.set([ink, ink, ink, Math.round(255 * Math.min(1, opacity(p)))], p * 4)
  return out
}

export const treatments: readonly Treatment[] = [
  {
    id: 'black-and-white',
    wordings: ['{o} in black and white', 'a black and white picture of {o}'],
    apply: (rgba) =>
      rgba.map((value, i) => {
        if (i % 4 === 3) return value
        const start = i - (i % 4)
        return 0.299 * (rgba[start] ?? 0) + 0.587 * (rgba[start + 1] ?? 0) + 0.114 * (rgba[start + 2] ?? 0)
      }),
  },
  {
    id: 'mirrored',
    wordings: ['{o}, mirrored', 'a mirrored picture of {o}'],
    apply: (rgba, side) => mapPixels(rgba, side, (x, y) => [side - 1 - x, y]),
  },
  {
    id: 'upside-down',
    wordings: ['{o} upside down', 'an upside down picture of {o}'],
    apply: (rgba, side) => mapPixels(rgba, side, (x, y) => [x, side - 1 - y]),
  },
  {
    id: 'outline',
    wordings: ['{o} as an outline', 'an outline of {o}', 'the outline of {o}'],
    apply: (rgba, side) => {
      const strength = edges(rgba, side, Math.max(1, Math.round(side / 96)))
      return drawInk((p) => strength[p] ?? 0, side * side)
    },
  },
  {
    id: 'sketch',
    wordings: ['{o} as a sketch', 'a sketch of {o}', 'a pencil sketch of {o}'],
    apply: (rgba, side) => {
      const strength = edges(rgba, side, Math.max(1, Math.round(side / 128)))
      const spacing = Math.max(3, Math.round(side / 24))
      const hatch = (p: number): number => {
        const isLine = (Math.floor(p / side) + (p % side)) % spacing < spacing / 3
        return isLine ? 0.55 * (1 - lumaOverWhite(rgba, p * 4) / 255) : 0
      }
      return drawInk((p) => 0.8 * (strength[p] ?? 0) + hatch(p), side * side)
    },
  },
]
