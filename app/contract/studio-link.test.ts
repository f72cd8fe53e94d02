import fc from 'fast-check'
import { expect, test } from 'vitest'

import { linkFragment, parseLinkFragment, parseStudioLink } from './studio-link.ts'

const id = '01890a5d-ac96-774b-bcce-b302099a8057'

test.each([
  ['easel://library', { kind: 'place', place: 'library' }],
  ['EASEL://Library/', { kind: 'place', place: 'library' }],
  ['easel://create?prompt=a%20red+apple', { kind: 'prompt', prompt: 'a red apple' }],
  ['easel://create?prompt=a%00b%E2%80%AEc', { kind: 'prompt', prompt: 'a b c' }],
  ['easel://create?prompt=%20', { kind: 'place', place: 'create' }],
  [`easel://picture/${id}`, { kind: 'picture', pictureId: id }],
])('%s leads somewhere, and its fragment to the same', (text, link) => {
  expect(parseStudioLink(text)).toEqual(link)
  expect(parseLinkFragment(linkFragment(parseStudioLink(text)!))).toEqual(link)
})

test.each([
  'easel:library',
  'easel://',
  'easel://run?prompt=x',
  'easel://create/../library',
  'easel://picture/../../etc/passwd',
  `easel://picture/${id}/x`,
  `easel://picture/${id}%2f..`,
  'https://easel/library',
  `easel://create?prompt=${'x'.repeat(9000)}`,
])('%s leads nowhere', (text) => {
  expect(parseStudioLink(text)).toBeUndefined()
})

test('no text makes it throw or give anything but the three kinds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const link = parseStudioLink(`easel://${text}`)
      expect(link === undefined || ['place', 'prompt', 'picture'].includes(link.kind)).toBe(true)
      expect(parseLinkFragment(text)?.kind ?? 'none').toMatch(/^(?:place|prompt|picture|none)$/)
    }),
  )
})
