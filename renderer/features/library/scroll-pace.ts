/** Without a move for so long, the list stands still. */
const restMs = 100
/** A picture in sight for less is not seen. */
const glanceMs = 150
/** How fast a list is scrolled. */
export class ScrollPace {
  #top = 0
  #movedMs = -Infinity
  /** Pixels a millisecond. */
  #speed = 0

  /** It was scrolled to there by hand. @param nowMs of the clock that all calls share */
  move(top: number, nowMs: number): void {
    const pixels = Math.abs(top - this.#top)
    if (pixels === 0) return
    const elapsed = nowMs - this.#movedMs
    this.#speed = elapsed > restMs ? 0 : pixels / Math.max(1, elapsed)
    this.#top = top
    this.#movedMs = nowMs
  }

  /** It was put there at once, and stands. */
  jump(top: number): void {
    this.#top = top
    this.#movedMs = -Infinity
  }

  isMoving(nowMs: number): boolean {
    return nowMs - this.#movedMs <= restMs
  }

  /** Whether pictures that come into sight are gone before they are seen. @param height of the part in sight, in pixels */
  isTooFast(nowMs: number, height: number): boolean {
    return this.isMoving(nowMs) && this.#speed * glanceMs > height
  }
}
