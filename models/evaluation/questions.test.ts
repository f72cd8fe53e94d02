import { expect, test } from 'vitest'

import { makeQuestions, type KnownPictures } from './questions.ts'

const names = ['cat', 'red apple', 'unicorn', 'slice of pizza', 'fish']
const known: KnownPictures = {
  concepts: names.map((name) => ({ id: name.replaceAll(' ', '-'), names: [name] })),
  cutouts: [
    { concept: 'cat', tint: null },
    { concept: 'cat', tint: 'blue' },
    { concept: 'cat', tint: 'green' },
    { concept: 'fish', tint: 'red', treatment: 'mirrored' },
  ],
  heldOutPairs: [['green', 'cat']],
}

test('every set asks what its name says, and held-out pairs stay apart', () => {
  const questions = makeQuestions(known, 3)
  const of = (set: string): readonly string[] => questions.filter((q) => q.set === set).map((q) => q.text)
  expect(of('seenTint')).toEqual(['a blue cat on a white background'])
  expect(of('heldOut')).toEqual(['a green cat on a white background'])
  expect(of('natural')).toHaveLength(3)
  expect(questions.filter((q) => q.set === 'background' && q.background === 'white')).toEqual([])
  for (const { text, count } of questions.filter((q) => q.set === 'count')) {
    expect(text).toMatch(count === 2 ? /^two .* on a white background$/ : /^three .* on a white background$/)
  }
  for (const { concepts, direction, text } of questions.filter((q) => q.set === 'relation')) {
    expect(new Set(concepts).size).toBe(2)
    expect(text).toContain(direction === 'vertical' ? ' above ' : ' to the left of ')
  }
})

test('the same seed asks the same, another seed something else', () => {
  expect(makeQuestions(known, 3, 4)).toEqual(makeQuestions(known, 3, 4))
  expect(makeQuestions(known, 3, 4)).not.toEqual(makeQuestions(known, 3, 5))
})
