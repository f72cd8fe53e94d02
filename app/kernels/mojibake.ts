/** What Windows-1252 has for the bytes 0x80 … 0x9F; five of them it leaves free, and there the byte stands for itself. */
const windows1252 =
  '\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F' +
  '\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178'

/** Sequences of UTF-8 as somebody sees them who takes their bytes for letters. */
const trail = `[\u0080-\u00BF${windows1252}]`
const sequences = new RegExp(
  [
    `[\u00F0-\u00F4]${trail}{3}`,
    `[\u00E0-\u00EF]${trail}{2}`,
    // Â and Ã before a sign are all but never meant; others are (CAFÉ®), unless several of them follow one another.
    `[\u00C2\u00C3]${trail}`,
    `(?:[\u00C4-\u00DF]${trail}){2,}`,
  ].join('|'),
  'g',
)
/** Texts that were broken several times over. */
const maxPasses = 3

/**
 * Repairs text whose UTF-8 was read as Windows-1252 or Latin-1 (`donâ€™t`, `DÃ¼sseldorf`), also when that happened more than once. A part
 * of what ftfy does: it repairs sequences that are valid UTF-8 and leaves everything else as it is.
 */
export function repairMojibake(text: string): string {
  let repaired = text
  for (let pass = 0; pass < maxPasses; pass++) {
    const next = repaired.replace(sequences, (sequence) => decoded(Array.from(sequence, byteOf)) ?? sequence)
    if (next === repaired) return repaired
    repaired = next
  }
  return repaired
}

function byteOf(character: string): number {
  const index = windows1252.indexOf(character)
  return index >= 0 ? 0x80 + index : (character.codePointAt(0) ?? 0)
}

/** Undefined for what is no valid UTF-8: too long a form, half of a pair, past the last character. */
function decoded(bytes: readonly number[]): string | undefined {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] ?? 0
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
    let code = lead & (0xff >> (length + 1))
    for (let i = 1; i < length; i++) code = (code << 6) | ((bytes[at + i] ?? 0) & 0x3f)
    const least = length === 4 ? 0x10000 : length === 3 ? 0x800 : 0x80
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
    text += String.fromCodePoint(code)
    at += length
  }
  return text
}
