/** File systems take 255 bytes, which seed, number and ending share; a character has four at most. */
const maxCharacters = 50

/** Names that every file system takes: letters, digits and spaces of any script. Cut between characters, never within one. */
export function cleanName(text: string): string {
  const words = text.replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ').trim()
  return [...words].slice(0, maxCharacters).join('').trim()
}

/**
 * The first free name: `an ox 7-0.png`, `an ox 7-0 (2).png`. Names that differ only in case or in how an accent is written are one file on
 * some systems, where unpacking would lose a picture.
 * @param taken keys of the names given so far; the new one is added
 */
export function freeName(taken: Set<string>, name: string, ending: string): string {
  for (let number = 1; ; number += 1) {
    const free = `${name}${number === 1 ? '' : ` (${number})`}.${ending}`
    const key = free.normalize('NFC').toLowerCase()
    if (taken.has(key)) continue
    taken.add(key)
    return free
  }
}
