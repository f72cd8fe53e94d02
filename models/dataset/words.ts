/** Adds "a" or "an" by the first letter; "unicorn" and "ufo" sound like "you". */
export function withArticle(phrase: string): string {
  return /^([aeio]|u(?!ni|fo))/.test(phrase) ? `an ${phrase}` : `a ${phrase}`
}

const irregular: Readonly<Record<string, string>> = {
  mouse: 'mice',
  fish: 'fish',
  leaf: 'leaves',
  wolf: 'wolves',
  loaf: 'loaves',
  broccoli: 'broccoli',
  die: 'dice',
  popcorn: 'popcorn',
}

/** Plural of one word. */
export function pluralizeWord(word: string): string {
  const known = irregular[word]
  if (known !== undefined) return known
  if (/(s|x|ch|sh)$/.test(word)) return `${word}es`
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`
  if (/(tomato|mango)$/.test(word)) return `${word}es`
  return `${word}s`
}

/** Plural of a name: the word before "of" or "with", else the last one ("slices of pizza", "police cars"). */
export function pluralize(name: string): string {
  const words = name.split(' ')
  const join = words.findIndex((word) => word === 'of' || word === 'with')
  const head = join > 0 ? join - 1 : words.length - 1
  return words.map((word, i) => (i === head ? pluralizeWord(word) : word)).join(' ')
}

export const numberWords: Readonly<Record<number, string>> = { 2: 'two', 3: 'three', 4: 'four' }
