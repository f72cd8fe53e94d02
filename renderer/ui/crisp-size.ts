/**
 * The side to show a small flat picture at: the largest multiple of half its own that fits the room, so that edges fall
 * on pixels as often as possible; the room itself when the picture is larger than that.
 */
export function crispSize(room: number, side: number): number {
  return room >= side ? (Math.floor((room * 2) / side) * side) / 2 : Math.max(64, room)
}
