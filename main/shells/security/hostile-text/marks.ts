/** Ways by which text of others comes in, each with the letter of its marks. */
export const ways = {
  prompt: 'p',
  'name of a dropped file': 'f',
  'text of a PNG': 'g',
  'card of a pack': 'c',
  tag: 't',
  collection: 'k',
  link: 'l',
} as const
export type Way = keyof typeof ways

/** Tells where one hostile string came in: it is shown along with it, and found on the page. */
export function markOf(way: Way, place: number): string {
  return `#${ways[way]}${place}#`
}

/** What `markOf` makes, for a search of many. */
export const markPattern = '#[a-z]\\d+#'

/** The text with its mark, no longer than a limit. The mark comes last: a text that is cut off where it is shown does not count as shown. */
export function marked(text: string, way: Way, place: number, maxLength: number): string {
  const mark = ` ${markOf(way, place)}`
  return text.slice(0, maxLength - mark.length) + mark
}
