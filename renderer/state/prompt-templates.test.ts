import { expect, test } from 'vitest'

import type { PackWords } from '#app/domain/pack-words.ts'

import { offeredTemplates, promptTemplates } from './prompt-templates.ts'

const words: PackWords = {
  things: [{ names: ['cat'], plural: 'cats' }],
  colors: ['red'],
  backgrounds: [],
  styles: [],
  forms: ['a {thing}'],
  vocabulary: 'a of sketch cat car house the exact same on top as bottom in red'.split(' '),
}

test('a pack that lists its words is offered sentences of them alone, another one all', () => {
  expect([offeredTemplates(words), offeredTemplates(undefined)]).toEqual([
    ['sketch', 'panels'],
    Object.keys(promptTemplates),
  ])
})
