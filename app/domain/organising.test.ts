import { expect, test } from 'vitest'

import { tagSchema } from './organising.ts'

test('a tag is a few visible words', () => {
  const said = (tag: string) => tagSchema.safeParse(tag)
  expect([said(' red '), said('红色'), said('👩🏽‍🚀')].map(({ data }) => data)).toEqual(['red', '红色', '👩🏽‍🚀'])
  expect(said('\0a').error?.issues.map(({ message }) => message)).toEqual(['A tag must not hold control characters.'])
  expect(['', ' ', 'a\0b', 'a\u0007', 'x'.repeat(101)].filter((tag) => said(tag).success)).toEqual([])
})
