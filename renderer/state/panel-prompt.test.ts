import { expect, test } from 'vitest'

import type { PackWords } from '#app/domain/pack-words.ts'

import { panelChanges, panelPrompt, type PanelChange } from './panel-prompt.ts'

const sketch: PanelChange = { kind: 'look', look: 'sketch' }
const red: PanelChange = { kind: 'color', color: 'red' }

test.each([
  ['a yellow cat', 'the exact same yellow cat on the top as a sketch on the bottom'],
  ['An owl. ', 'the exact same owl on the top as a sketch on the bottom'],
  ['the Eiffel tower at night!', 'the exact same Eiffel tower at night on the top as a sketch on the bottom'],
  ['animals', 'the exact same animals on the top as a sketch on the bottom'],
  [
    'a cat on a blue background, noto style',
    'the exact same cat on the top as a sketch on the bottom on a blue background, noto style',
  ],
  [
    'the exact same car on the top in red on the bottom, noto style',
    'the exact same car on the top as a sketch on the bottom, noto style',
  ],
])('%j as a sketch', (prompt, expected) => expect(panelPrompt(prompt, sketch)).toBe(expected))

test('a colour is said by its name', () => {
  expect(panelPrompt('a car', red)).toBe('the exact same car on the top in red on the bottom')
})

const words: PackWords = {
  things: [{ names: ['cat'], plural: 'cats' }],
  colors: ['red', 'blue'],
  backgrounds: [],
  styles: [],
  forms: [
    'the exact same {thing} on the top as a sketch on the bottom',
    'the exact same {thing} on the top in {color} on the bottom',
  ],
  vocabulary: 'the exact same cat on top in as sketch bottom red blue black and white'.split(' '),
}

test('a pack is offered what it has learned', () => {
  const said = (known: PackWords | undefined) => {
    const { changes, isKnown } = panelChanges(known)
    return [isKnown, changes.map((change) => (change.kind === 'look' ? change.look : change.color)).join(' ')]
  }
  const looks = 'sketch outline blackAndWhite mirrored upsideDown'
  expect([said(words), said({ ...words, forms: ['a {thing}'] }), said(undefined)]).toEqual([
    [true, 'sketch red blue'],
    [false, `${looks} red blue`],
    [true, `${looks} red orange yellow green blue purple pink brown black white gray`],
  ])
})
