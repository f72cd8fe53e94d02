import fc from 'fast-check'
import { expect, test } from 'vitest'

import { repairMojibake } from './mojibake.ts'

/** The text as it looks when its UTF-8 is taken for Latin-1. */
const broken = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

test.each([
  ['donâ€™t', 'don’t'],
  ['a DÃ¼sseldorf cafÃ©', 'a Düsseldorf café'],
  ['â€œa catâ€\u009D â€” black', '“a cat” — black'],
  ['10 Â£, 20 Â°C', '10 £, 20 °C'],
  ['ÐŸÑ€Ð¸Ð²ÐµÑ‚', 'Привет'],
  ['æ—¥æœ¬', '日本'],
  ['an apple ðŸ\u008DŽ, half of one ðŸ', 'an apple 🍎, half of one ðŸ'],
  ['CAFÉ®, SÃO PAULO, ÅÄÖ, naïve', 'CAFÉ®, SÃO PAULO, ÅÄÖ, naïve'],
  ['plain text — “quoted”…', 'plain text — “quoted”…'],
  ['', ''],
])('%j becomes %j', (text, expected) => {
  expect(repairMojibake(text)).toBe(expected)
})

test('text that was broken twice', () => {
  expect(repairMojibake(broken(broken('café – crème')))).toBe('café – crème')
})

test('whatever is broken in more than its western letters comes back', () => {
  const beyond = fc.string({ unit: fc.constantFrom(...'日本語кошкаΑθήνα€’—é🍎ab 1'), minLength: 1 })
  fc.assert(
    fc.property(beyond, (text) => {
      const lonely = /(?<![\u0370-\u05ff])[\u0370-\u05ff](?![\u0370-\u05ff])/u
      fc.pre(!lonely.test(text))
      // "é——" is also what "闗" looks like once broken: nothing tells the two apart.
      fc.pre(!/é[€’—]{2}/u.test(text))
      expect(repairMojibake(broken(text))).toBe(text)
    }),
  )
})
