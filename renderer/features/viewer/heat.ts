/** From sure to unsure: night blue, plum, vermilion, pale gold; monotone in lightness, so it reads without hue. */
const ramp: readonly (readonly [number, number, number])[] = [
  [29, 36, 64],
  [107, 63, 125],
  [217, 96, 63],
  [255, 217, 138],
]

/** @param share 0 to 1; values outside are taken as the ends. */
export function heatColour(share: number): readonly [number, number, number] {
  const place = Math.min(1, Math.max(0, share)) * (ramp.length - 1)
  const index = Math.min(ramp.length - 2, Math.floor(place))
  const from = ramp[index] ?? [0, 0, 0]
  const to = ramp[index + 1] ?? [0, 0, 0]
  const mix = (channel: 0 | 1 | 2) => Math.round(from[channel] + (to[channel] - from[channel]) * (place - index))
  return [mix(0), mix(1), mix(2)]
}

/** Opaque RGBA, one pixel per cell; the least and most uncertain cells get the ends of the ramp. */
export function heatPixels(entropies: readonly number[]): Uint8ClampedArray<ArrayBuffer> {
  const low = Math.min(...entropies)
  const span = Math.max(...entropies) - low || 1
  const pixels = new Uint8ClampedArray(entropies.length * 4)
  entropies.forEach((entropy, cell) => pixels.set([...heatColour((entropy - low) / span), 255], cell * 4))
  return pixels
}
