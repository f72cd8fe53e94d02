/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number]

/**
 * The colours that a picture's palette tokens stand for (docs/weights-format.md, "Palette"): the background, the main colour, accents.
 * @param codes of the palette's rows; one or two beyond whole colours mean nothing, and any code counts as a level
 * @param levels of a token, at least 2
 */
export function paletteColours(codes: readonly number[], levels: number): readonly Colour[] {
  const channel = (token: number) => Math.round((((codes[token] ?? 0) % levels) / (levels - 1)) * 255)
  return Array.from({ length: Math.floor(codes.length / 3) }, (_, colour) => [
    channel(3 * colour),
    channel(3 * colour + 1),
    channel(3 * colour + 2),
  ])
}
