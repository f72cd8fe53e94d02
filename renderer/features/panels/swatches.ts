/** What a colour's name looks like beside it: a hint, not what the pack will draw. Names of packs are not put into styles. */
const swatches = new Map([
  ['red', '#d8392f'],
  ['orange', '#ee8a2b'],
  ['yellow', '#f2ce3e'],
  ['green', '#4aa455'],
  ['blue', '#3c7dd6'],
  ['purple', '#8a56c4'],
  ['pink', '#ec86ae'],
  ['brown', '#8b5a3a'],
  ['black', '#22211f'],
  ['white', '#fbfaf8'],
  ['gray', '#8e8b86'],
  ['grey', '#8e8b86'],
])

/** @returns undefined for a colour of another name */
export function swatchOf(color: string): string | undefined {
  return swatches.get(color.toLowerCase())
}
