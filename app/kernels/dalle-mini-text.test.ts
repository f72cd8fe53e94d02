import { expect, test } from 'vitest'

import { normalizeDalleMiniText } from './dalle-mini-text.ts'

/** Worked out by hand, step by step, from text.py. */
test.each([
  ['An Avocado Armchair', ' an avocado armchair'],
  ['a cat, sitting; on a mat.', ' a cat, sitting, on a mat'],
  ['“a cat’s hat”', ' " a cat\'s hat "'],
  ["rock 'n' roll", ' rock " n " roll'],
  ['1,234,567 apples for $3.50', ' 1234567 apples for $ 3.50'],
  ['on 24/12 at 8:30', ' on 24/12 at 8, 30'],
  ['a black-and-white photo', ' a black and white photo'],
  ['salt&pepper 50%', ' salt & pepper 50 %'],
  ['Café Zürich, Москва', ' cafe zurich, moskva'],
  ['I ❤️ 🍎!', ' i, red heart, red apple'],
  ['#sunset on the beach_house', ' sunset on the beach house'],
  ['#GoldenGateBridge at #NYC2021, #4thOfJuly', ' golden gate bridge at nyc 2021, 4 th of july'],
  ['https://example.org/#GoldenGate bridge', ' bridge'],
  ['the dogâ€™s cafÃ©', " the dog's cafe"],
  ['a \u001b[31mred\u001b[0m cat', ' a red cat'],
  ['see https://example.org/a?b=c now', ' see now'],
  ['<b>bold</b> &amp; <person> and <person>', ' bold & people'],
  ['<person> in the rain', ' a person in the rain'],
  ['[12] a temple [3]', ' a temple'],
  ['hmmmmmm!!!! VIII', ' hm, viii'],
  ['  a\t\nlake  ', ' a lake'],
  [',,,', ' '],
  ['', ' '],
  ['don\u2019t stop', " don't stop"],
])('%j', (text, expected) => {
  expect(normalizeDalleMiniText(text)).toBe(expected)
})

test('normal text is left as it is', () => {
  const once = normalizeDalleMiniText('a cat, 3.5 meters, on a "mat" - sold!')
  expect(normalizeDalleMiniText(once)).toBe(once)
})
