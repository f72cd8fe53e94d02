import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Rectangle } from 'electron'

export interface WindowPlace {
  readonly bounds: Rectangle
  readonly isMaximized: boolean
}

export const minSize = { width: 720, height: 520 }
export const defaultSize = { width: 1280, height: 860 }

/** The place of last time, if it is still on a screen; undefined otherwise, and for a file that cannot be read. */
export function readWindowPlace(file: string, screens: readonly Rectangle[]): WindowPlace | undefined {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
  const place = parsePlace(value)
  return place !== undefined && screens.some((screen) => isReachable(place.bounds, screen)) ? place : undefined
}

/** Losing it costs nothing: a failure to write is none. */
export function writeWindowPlace(file: string, place: WindowPlace): void {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(place))
    renameSync(`${file}.new`, file)
  } catch {
    // The window opens in the default place next time.
  }
}

function parsePlace(value: unknown): WindowPlace | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { bounds, isMaximized } = value as Partial<Record<keyof WindowPlace, unknown>>
  if (typeof bounds !== 'object' || bounds === null || typeof isMaximized !== 'boolean') return undefined
  const { x, y, width, height } = bounds as Partial<Record<keyof Rectangle, unknown>>
  if (![x, y, width, height].every((n) => Number.isSafeInteger(n) && Math.abs(n as number) < 100_000)) return undefined
  const rectangle = { x, y, width, height } as Rectangle
  const isLargeEnough = rectangle.width >= minSize.width && rectangle.height >= minSize.height
  return isLargeEnough ? { bounds: rectangle, isMaximized } : undefined
}

/** Enough of the title bar is on the screen to be caught with the mouse. */
function isReachable(window: Rectangle, screen: Rectangle): boolean {
  const overlap = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x)
  return overlap >= 100 && window.y >= screen.y && window.y <= screen.y + screen.height - 40
}
