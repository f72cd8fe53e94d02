import type { PackWords } from '../domain/pack-words.ts'

/** Slots of a form: `{thing}`, `{things}` (its plural), `{color}`, `{background}`, `{style}`, `{number}`; `a` takes the article its next word needs. */
const slots = /\{(thing|things|color|background|style|number)\}/g
const numbers = ['two', 'three', 'four']

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/\p{L}+/gu) ?? []

/** "an" before a vowel's sound; "unicorn" and "UFO" sound like "you". */
function mendArticles(text: string): string {
  return text.replace(/\ban? (?=([a-z]+))/gi, (_, next: string) => (/^([aeio]|u(?!ni|fo))/i.test(next) ? 'an ' : 'a '))
}

/**
 * The words of a prompt that no caption of the pack had, each once, in order and as typed in lower case. Words of one letter and
 * numbers are passed over.
 */
export function unknownWords(prompt: string, words: Pick<PackWords, 'vocabulary'>): readonly string[] {
  const known = new Set(words.vocabulary)
  return [...new Set(wordsOf(prompt))].filter((word) => [...word].length > 1 && !known.has(word))
}

/**
 * A prompt the pack should be good at: one of its forms with its slots filled. Things of one prompt differ, and so does a
 * thing's colour from its background.
 * @param random numbers in [0, 1), as Math.random
 */
export function surprisePrompt(words: PackWords, random: () => number): string {
  const used = new Set<string>()
  const pick = (items: readonly string[]): string => {
    const free = items.filter((item) => !used.has(item))
    const from = free.length > 0 ? free : items
    const item = from[Math.floor(random() * from.length)] ?? ''
    used.add(item)
    return item
  }
  const pools: Readonly<Record<string, readonly string[]>> = {
    thing: words.things.map(({ names }) => names[0] ?? ''),
    things: words.things.map(({ plural }) => plural),
    color: words.colors,
    background: words.backgrounds,
    style: words.styles,
    number: numbers,
  }
  // A form whose slot nothing can fill would leave a hole in the sentence.
  const usable = words.forms.filter((form) => [...form.matchAll(slots)].every(([, slot = '']) => pools[slot]?.length))
  const form = usable[Math.floor(random() * usable.length)] ?? '{thing}'
  return mendArticles(form.replace(slots, (_, slot: string) => pick(pools[slot] ?? [])))
}

/** Things one of whose names holds the text, those that begin with it first; all of them, by name, for an empty text. */
export function findThings(words: PackWords, text: string): readonly string[] {
  const wanted = text.trim().toLowerCase()
  const names = words.things.map(({ names }) => names)
  const rank = (all: readonly string[]): number =>
    all.some((name) => name.toLowerCase().startsWith(wanted))
      ? 0
      : all.some((name) => name.toLowerCase().includes(wanted))
        ? 1
        : 2
  return names
    .map((all) => ({ name: all[0] ?? '', rank: rank(all) }))
    .filter((found) => found.rank < 2)
    .sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name))
    .map(({ name }) => name)
}

/** The thing put at the end of the prompt: with its article after a word that joins things, alone in an empty prompt. */
export function withThing(prompt: string, thing: string): string {
  const before = prompt.trimEnd()
  const said = mendArticles(`a ${thing}`)
  if (before === '') return said
  if (/\b(an?|two|three|four)$/i.test(before)) return mendArticles(`${before} ${thing}`)
  return /\b(and|above|below|over|beside|to|of)$/i.test(before) ? `${before} ${said}` : `${before} and ${said}`
}

/** The last thing the prompt names, as [start, end) in it; null where it names none. */
function lastThing(prompt: string, words: PackWords): readonly [number, number] | null {
  let last: readonly [number, number] | null = null
  const lower = prompt.toLowerCase()
  for (const { names, plural } of words.things) {
    for (const name of [...names, plural]) {
      const start = lower.lastIndexOf(name.toLowerCase())
      const end = start + name.length
      if (start === -1 || /\p{L}/u.test((lower[start - 1] ?? ' ') + (lower[end] ?? ' '))) continue
      // Of two that end together the longer one is meant: "cat face", not "face".
      if (last === null || end > last[1] || (end === last[1] && start < last[0])) last = [start, end]
    }
  }
  return last
}

/** The last thing of the prompt in this colour, instead of the colour it had; a prompt without a thing ends with the colour. */
export function withColor(prompt: string, color: string, words: PackWords): string {
  const thing = lastThing(prompt, words)
  if (thing === null) return mendArticles(prompt.trim() === '' ? `a ${color} ` : `${prompt.trimEnd()} ${color} `)
  const before = prompt.slice(0, thing[0]).trimEnd()
  const had = words.colors.find((name) => new RegExp(`(^|\\s)${name}$`, 'i').test(before))
  const kept = had === undefined ? before : before.slice(0, -had.length).trimEnd()
  return mendArticles([kept, color, prompt.slice(thing[0])].filter((part) => part !== '').join(' '))
}

/** The prompt on this background, instead of the one it named. Ahead of a style. */
export function withBackground(prompt: string, background: string): string {
  const said = `on a ${background} background`
  const named = / ?\bon an? \p{L}+ background\b/iu
  if (named.test(prompt)) return mendArticles(prompt.replace(named, ` ${said}`).trimStart())
  const style = /,? \p{L}+ style\s*$/u.exec(prompt)
  const end = style?.index ?? prompt.trimEnd().length
  return mendArticles(`${prompt.slice(0, end)} ${said}${prompt.slice(end).trimEnd()}`.trimStart())
}

/** The prompt in this style, instead of the one it named. */
export function withStyle(prompt: string, style: string): string {
  return `${prompt.replace(/,? \p{L}+ style\s*$/u, '').trimEnd()}, ${style} style`.replace(/^, /, '')
}
