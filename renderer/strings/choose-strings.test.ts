import { expect, test } from 'vitest'

import { chooseStrings } from './choose-strings.ts'

test('the language chosen wins, then the first of the system that is known, then English', () => {
  const chosen = [
    chooseStrings('zh', ['en']),
    chooseStrings('system', ['fr-FR', 'zh-TW', 'en-GB']),
    chooseStrings('system', ['en-GB', 'zh-CN']),
    chooseStrings('system', ['fr-FR']),
  ]
  expect(chosen.map((strings) => strings.languageTag)).toEqual(['zh-CN', 'zh-CN', 'en', 'en'])
})
