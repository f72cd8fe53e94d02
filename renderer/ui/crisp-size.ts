/**
 * The side to show a small flat picture at: the largest multiple of its own that fits the room (of half its own while
 * that is much finer), so that edges fall on pixels; the room itself when the picture is larger than that.
 */
export function crispSize(room: number, side: number): number {
  if (room < side) return Math.max(64, room)
  const unit = room < side * 6 ? side / 2 : side
  return Math.floor(room / unit) * unit
}

/**
 * Whether a picture shown at a size (CSS pixels of its longer side) has every pixel as a whole number of screen pixels:
 * then edges of small flat pictures stay hard; anything else is smoother when interpolated.
 */
export function isWholeScale(size: number, picture: { readonly width: number; readonly height: number }): boolean {
  const scale = (size * devicePixelRatio) / Math.max(picture.width, picture.height)
  return scale >= 1 && Math.abs(scale - Math.round(scale)) < 0.01
}
