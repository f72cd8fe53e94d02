/** Colours that share their upper bits are one ground: a compressed or noisy one is never a single colour. */
const sharedBits = 4

/**
 * The ground a picture stands on: the colour that most of its border has.
 * @param rgba four bytes a pixel in raster order, 0–255
 * @returns red, green and blue, 0–255; white for a picture without pixels
 */
export function findGround(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
): readonly [red: number, green: number, blue: number] {
  const bins = new Map<number, { pixels: number; sums: [number, number, number] }>()
  const look = (x: number, y: number) => {
    const at = (y * width + x) * 4
    const [red = 255, green = 255, blue = 255] = rgba.subarray(at, at + 3)
    const name = ((red >> sharedBits) << 16) | ((green >> sharedBits) << 8) | (blue >> sharedBits)
    const bin = bins.get(name) ?? { pixels: 0, sums: [0, 0, 0] }
    bins.set(name, {
      pixels: bin.pixels + 1,
      sums: [bin.sums[0] + red, bin.sums[1] + green, bin.sums[2] + blue],
    })
  }
  for (let x = 0; x < width; x += 1) for (const y of [0, height - 1]) look(x, y)
  for (let y = 0; y < height; y += 1) for (const x of [0, width - 1]) look(x, y)
  const [most] = [...bins.values()].sort((a, b) => b.pixels - a.pixels)
  if (most === undefined) return [255, 255, 255]
  const [red, green, blue] = most.sums.map((sum) => Math.round(sum / most.pixels))
  return [red ?? 255, green ?? 255, blue ?? 255]
}
