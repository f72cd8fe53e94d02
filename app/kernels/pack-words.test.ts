import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { PackWords } from '../domain/pack-words.ts'
import {
  findThings,
  surprisePrompt,
  unknownWords,
  withBackground,
  withColor,
  withStyle,
  withThing,
} from './pack-words.ts'

const words: PackWords = {
  things: [
    { names: ['cat', 'cat face'], plural: 'cats' },
    { names: ['apple'], plural: 'apples' },
    { names: ['unicorn'], plural: 'unicorns' },
  ],
  colors: ['blue', 'orange'],
  backgrounds: ['white', 'blue'],
  styles: [],
  forms: ['a {color} {thing} on a {background} background', '{number} {things}', 'a {thing} above a {thing}', 'a {thing}, {style} style'],
  vocabulary: ['a', 'on', 'background', 'cat', 'cats', 'apple', 'blue', 'white', 'two', 'above'],
} // prettier-ignore

describe('unknownWords', () => {
  it('names what no caption had, once, and passes over letters and numbers', () => {
    expect(unknownWords('A Blue dragon above 2 cats, x dragon’s', words)).toEqual(['dragon'])
    expect(unknownWords('un café', words)).toEqual(['un', 'café'])
    expect(unknownWords('two cats on a white background', words)).toEqual([])
  })
})

describe('surprisePrompt', () => {
  it('fills the slots of a form it can fill, with articles that fit', () => {
    const of = (...values: readonly number[]) => {
      let i = 0
      return surprisePrompt(words, () => values[i++] ?? 0)
    }
    expect(of(0, 0.9, 0.4, 0)).toBe('an orange apple on a white background')
    expect(of(0.5, 0.5, 0.9)).toBe('three unicorns')
    expect(of(0.9, 0.9, 0.9)).toBe('a unicorn above an apple')
  })

  it('never leaves a hole, never says a thing twice, and never hides a thing on its own colour', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (stream) => {
        const prompt = surprisePrompt(words, () => {
          const next = stream.next()
          return next.done === true ? 0 : next.value
        })
        expect(prompt).not.toMatch(/[{}]|style|undefined| {2}/)
        expect(prompt).not.toMatch(/blue .* on a blue/)
        expect(prompt).not.toMatch(/(cat|apple|unicorn) above an? \1/)
      }),
    )
  })
})

describe('findThings', () => {
  it('finds by any name, beginnings first', () => {
    expect(findThings(words, '')).toEqual(['apple', 'cat', 'unicorn'])
    expect(findThings(words, 'FACE')).toEqual(['cat'])
    expect(findThings(words, 'c')).toEqual(['cat', 'unicorn'])
    expect(findThings(words, 'dragon')).toEqual([])
  })
})

describe('withThing', () => {
  it('goes on with the sentence', () => {
    expect(withThing('', 'apple')).toBe('an apple')
    expect(withThing('a ', 'apple')).toBe('an apple')
    expect(withThing('a cat above ', 'unicorn')).toBe('a cat above a unicorn')
    expect(withThing('a cat', 'apple')).toBe('a cat and an apple')
    expect(withThing('a cat above an', 'unicorn')).toBe('a cat above a unicorn')
  })
})

describe('what a click adds to a prompt', () => {
  it('colours the last thing, or takes the place of its colour', () => {
    expect(withColor('a cat above an apple', 'blue', words)).toBe('a cat above a blue apple')
    expect(withColor('a blue cat face on a white background', 'orange', words)).toBe(
      'an orange cat face on a white background',
    )
    expect(withColor('two cats', 'blue', words)).toBe('two blue cats')
    expect(withColor('concatenated', 'blue', words)).toBe('concatenated blue ')
    expect(withColor('', 'orange', words)).toBe('an orange ')
  })

  it('says one background and one style', () => {
    expect(withBackground('a cat', 'blue')).toBe('a cat on a blue background')
    expect(withBackground('a cat on a white background, noto style', 'orange')).toBe(
      'a cat on an orange background, noto style',
    )
    expect(withBackground('a cat, noto style', 'blue')).toBe('a cat on a blue background, noto style')
    expect(withStyle('a cat, noto style', 'fluent')).toBe('a cat, fluent style')
    expect(withStyle('a cat', 'noto')).toBe('a cat, noto style')
  })
})
