import type { Colour } from '#app/kernels/palette-colours.ts'

/** `#rrggbb`, for CSS and for people. */
export function hexOf(colour: Colour): string {
  return `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}
