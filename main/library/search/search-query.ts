/** More words than this say nothing more about what is meant, and a pasted page must not cost a second. */
const maxTerms = 24
const maxTermLength = 64
/** Characters of what was typed that are looked at. */
export const scannedLength = 4000

/** Scripts written without spaces: each character is indexed as a word of its own, so any part of a phrase is found. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu
const word = /[\p{L}\p{N}\p{M}\p{Co}]+/gu

/** The text as FTS5 is given it: characters of unspaced scripts stand apart. Index and query use the same function. */
export function toIndexText(text: string): string {
  return text.normalize('NFC').replace(unspaced, ' $& ')
}

/**
 * An FTS5 query of what was typed. Every word is quoted, so no operator of FTS5 can be reached from outside; words that
 * punctuation joins (`ver1.1`) are one phrase; each term matches as a prefix, because the next letter may be coming.
 * Undefined = nothing to search for.
 */
export function toSearchQuery(typed: string): string | undefined {
  const chunks = typed.slice(0, scannedLength).normalize('NFC').split(/\s+/u)
  const terms: string[] = []
  for (const chunk of chunks) {
    const words = (toIndexText(chunk).match(word) ?? []).map((part) => part.slice(0, maxTermLength))
    if (words.length > 0) terms.push(`"${words.slice(0, maxTerms).join(' ')}"*`)
    if (terms.length === maxTerms) break
  }
  return terms.length === 0 ? undefined : [...new Set(terms)].join(' AND ')
}
