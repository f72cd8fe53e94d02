import anyAscii from 'any-ascii'
import emoji from 'unicode-emoji-json/data-by-emoji.json' with { type: 'json' }

const names = emoji as Readonly<Record<string, { readonly slug: string }>>
/** Variation selectors and skin tones stand behind a picture sign, which is looked up without them when it has no name of its own. */
const emojiPattern =
  /\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*|\p{Regional_Indicator}{2}/gu

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** Stand-ins for dots, apostrophes and slashes that are no punctuation; without letters that anything below changes. */
const kept = { dot: '\u0001', quote: '\u0002', slash: '\u0003' } as const

/**
 * Captions as DALL·E Mini and Mega saw them in training (`TextNormalizer` of borisdayma/dalle-mini, src/dalle_mini/model/text.py): in
 * ASCII and lower case, signs spelt out, punctuation as commas. Two of its steps cannot be had here: mojibake is not repaired (ftfy), and
 * a hashtag of several words is not split (it needs a list of word frequencies). Transliteration of other alphabets is any-ascii's, which
 * differs from unidecode's in places.
 * @returns the text with a blank in front
 */
export function normalizeDalleMiniText(text: string): string {
  const plain = removeWikiReferences(
    personsNamed(toAscii(spellEmoji(unescapeHtml(unescapeHtml(fixed(text))))).toLowerCase()),
  )
  const guarded = plain
    .replace(/<[^<>]+>/g, ' ')
    .replace(/http\S+/g, '')
    .replace(/(\d),(\d{3})/g, '$1$2')
    .replace(/(\d),(\d{3})/g, '$1$2')
    .replace(/(\w)\.(\w)/g, `$1${kept.dot}$2`)
    .replace(/'(?=(?:[stdm]|ll|re|ve)\b)/g, kept.quote)
    .replace(/(\d)\/(\d)/g, `$1${kept.slash}$2`)
    .replace(/(\w)-(\w)/g, '$1 $2')
    .replace(/([%&/$*])/g, ' $1 ')
    .replace(/[_#\\]/g, ' ')
    .replace(/['"`]/g, ' " ')
    .replace(/[()[\].,|:;?!=+~\-/{}]/g, ',')
  const restored = guarded
    .replaceAll(kept.dot, '.')
    .replaceAll(kept.quote, "'")
    .replaceAll(kept.slash, '/')
    // Four and more, because of Roman numerals.
    .replace(/(\D)\1{3,}/g, '$1')
    .replace(/\s*"[\s"]*/g, ' " ')
    .replace(/\s*,[\s,]*/g, ', ')
    .replace(/\s+/g, ' ')
  return ` ${restored.trim().replace(/,$/, '').replace(/^,/, '').trim()}`
}

/** What ftfy does to sound text: one normal form, straight quotes, no control characters. */
function fixed(text: string): string {
  const controls = Array.from(text, (character) => (character < ' ' && !/\s/.test(character) ? '' : character)).join('')
  return controls
    .normalize('NFC')
    .replace(/[\u2018\u2019\u201A\u201B]/g, "'")
    .replace(/[\u201C-\u201F]/g, '"')
}

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
    const code = typeof decimal === 'string' ? Number(decimal) : typeof hex === 'string' ? parseInt(hex, 16) : undefined
    if (code !== undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    return entities[String(name).toLowerCase()] ?? whole
  })
}

/** `:red_apple:`, as Python's emoji library has it. */
function spellEmoji(text: string): string {
  return text.replace(emojiPattern, (sign) => {
    const bare = sign.replace(/\uFE0F|\p{Emoji_Modifier}/gu, '')
    const slug = (names[sign] ?? names[`${bare}\uFE0F`] ?? names[bare])?.slug
    return slug === undefined ? sign : `:${slug}:`
  })
}

function toAscii(text: string): string {
  return anyAscii(text)
}

/** Photographs of people in its data named nobody. The commonest of the three words it chose from at random. */
function personsNamed(text: string): string {
  return text.replace(/<person>(?:(?:,|\s|and)*<person>)+/g, ' people ').replaceAll('<person>', ' a person ')
}

function removeWikiReferences(text: string): string {
  return text.replace(/^\s*\[\d+\]/, '').replace(/\[\d+\]\s*$/, '')
}
