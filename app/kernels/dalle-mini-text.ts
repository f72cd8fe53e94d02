import anyAscii from 'any-ascii'
import emoji from 'unicode-emoji-json/data-by-emoji.json' with { type: 'json' }

import { repairMojibake } from './mojibake.ts'

const names = emoji as Readonly<Record<string, { readonly slug: string }>>
/** Variation selectors and skin tones stand behind a picture sign, which is looked up without them when it has no name of its own. */
const emojiPattern =
  /\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*|\p{Regional_Indicator}{2}/gu

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** Stand-ins for dots, apostrophes and slashes that are no punctuation; without letters that anything below changes. */
const kept = { dot: '\u0001', quote: '\u0002', slash: '\u0003' } as const

/**
 * Captions as DALL·E Mini and Mega saw them in training (`TextNormalizer` of borisdayma/dalle-mini, src/dalle_mini/model/text.py): in
 * ASCII and lower case, signs spelt out, punctuation as commas. A hashtag is split where its capitals and numbers show words; the original
 * also finds words in `#blackandwhite`, with a list of the words of Wikipedia by frequency. Transliteration of other alphabets is any-ascii's,
 * which differs from unidecode's in places.
 * @returns the text with a blank in front
 */
export function normalizeDalleMiniText(text: string): string {
  const plain = removeWikiReferences(
    personsNamed(splitHashtags(toAscii(spellEmoji(unescapeHtml(unescapeHtml(fixed(text)))))).toLowerCase()),
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

/** What ftfy does: mojibake repaired, one normal form, straight quotes, no control characters or commands for terminals. */
function fixed(text: string): string {
  const plain = text.replaceAll('\u001b[', '\u0000').replace(/\u0000[\d;]*[A-Za-z]/g, '')
  const controls = Array.from(plain, (character) => (character < ' ' && !/\s/.test(character) ? '' : character)).join(
    '',
  )
  return repairMojibake(controls)
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

/** `#GoldenGate2021` → `#Golden Gate 2021`. Not what stands in an address. */
function splitHashtags(text: string): string {
  return text.replace(/(?<![\w/&])#\w+/g, (tag) =>
    tag
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
      .replace(/([A-Za-z])(\d)/g, '$1 $2')
      .replace(/(\d)([A-Za-z])/g, '$1 $2'),
  )
}

function removeWikiReferences(text: string): string {
  return text.replace(/^\s*\[\d+\]/, '').replace(/\[\d+\]\s*$/, '')
}
