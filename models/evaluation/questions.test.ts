import { expect, test } from 'vitest'

import { answerable, makeQuestions, type KnownPictures } from './questions.ts'

const names = ['cat', 'red apple', 'unicorn', 'slice of pizza', 'fish']
const known: KnownPictures = {
  concepts: names.map((name) => ({ id: name.replaceAll(' ', '-'), names: [name] })),
  cutouts: [
    { concept: 'cat', style: 'noto', tint: null },
    { concept: 'cat', style: 'noto', tint: 'blue' },
    { concept: 'cat', style: 'noto', tint: 'green' },
    { concept: 'fish', style: 'noto', tint: null, treatment: 'mirrored' },
    { concept: 'unicorn', style: 'noto', tint: null, treatment: 'sketch' },
    { concept: 'fish', style: 'noto', tint: null, treatment: 'outline' },
    { concept: 'cat', style: 'noto', tint: null, treatment: 'mirrored' },
    { concept: 'cat', style: 'noto', tint: null, treatment: 'upside-down' },
  ],
  heldOutPairs: [['green', 'cat']],
  heldOutObjectPairs: names.flatMap((name) => (name === 'cat' ? [] : [[name.replaceAll(' ', '-'), 'cat'] as const])),
  heldOutWordings: ['{o} in front of a {b} background', 'a {s} drawing of {o}'],
  lookAlikes: { mirrored: ['cat'], 'upside-down': ['fish'] },
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
  expect(
    of('wording').map((text) => /^(an?) .* in front of a white background$|^a noto drawing of /.test(text)),
  ).toEqual([true, true, true])
  expect(questions.filter((q) => q.set === 'heldOutRelation').map(({ concepts }) => concepts[1])).toEqual(
    Array.from({ length: 3 }, () => 'cat'),
  )
  expect(of('outline')).toEqual(['an outline of a fish on a white background'])
  expect(of('mirrored')).toEqual(['a fish, mirrored on a white background'])
  expect(of('upsideDown')).toEqual(['a cat upside down on a white background'])
  expect(of('unknownWords').map((text) => /cute|detailed|favourite/.test(text))).toEqual([true, true, true])
  expect(of('sketch')).toEqual(['a sketch of a unicorn on a white background'])
  expect(
    questions.filter((q) => q.set === 'panels').map(({ text, concepts, color }) => ({ text, concepts, color })),
  ).toEqual([
    {
      text: 'the exact same cat on the top in blue on the bottom on a white background',
      concepts: ['cat', 'cat'],
      color: 'blue',
    },
  ])
  const given = questions.filter(({ set }) => set === 'givenPanels')
  expect(given.map(({ text, given, color, treatment }) => ({ text, given, color, treatment }))).toEqual([
    {
      text: 'the exact same cat on the top in blue on the bottom on a white background',
      ...{ given: 'a cat on a white background', color: 'blue', treatment: null },
    },
    {
      text: 'the exact same unicorn on the top as a sketch on the bottom on a white background',
      ...{ given: 'a unicorn on a white background', color: null, treatment: 'sketch' },
    },
  ])
  const relations = questions.filter(({ set }) => set === 'relation' || set === 'heldOutRelation')
  for (const { set, concepts, direction, text } of relations) {
    expect(new Set(concepts).size).toBe(2)
    expect(set === 'relation' && concepts.includes('cat')).toBe(false)
    expect(text).toContain(direction === 'vertical' ? ' above ' : ' to the left of ')
  }
})

test('the same seed asks the same, another seed something else', () => {
  expect(makeQuestions(known, 3, 4)).toEqual(makeQuestions(known, 3, 4))
  expect(makeQuestions(known, 3, 4)).not.toEqual(makeQuestions(known, 3, 5))
})

test('nothing is asked about a treatment that a pack has no word for', () => {
  const questions = makeQuestions(known, 3)
  const vocabulary = ['a', 'an', 'of', 'on', 'white', 'background', 'fish', 'unicorn', 'sketch', 'outline']
  const left = answerable(questions, { vocabulary })
  const treatments = [...new Set(left.map(({ treatment }) => treatment))]
  expect(treatments).toEqual([null, 'sketch', 'outline'])
  expect(left.filter(({ treatment }) => treatment === null)).toEqual(questions.filter((q) => q.treatment === null))
})
