import { expect, test } from 'vitest'

import { expandPrompts, findVariables, maxExpandedPrompts } from './prompt-variables.ts'

test('a template without variables is its own only prompt', () => {
  expect(expandPrompts('  a red   apple ')).toEqual(['a red apple'])
})

test('two variables give their product, the last changing fastest', () => {
  expect(expandPrompts('a {red|blue} {cube|ball} on grass')).toEqual([
    'a red cube on grass',
    'a red ball on grass',
    'a blue cube on grass',
    'a blue ball on grass',
  ])
})

test('an empty choice leaves the words out, and braces without a bar are text', () => {
  expect(expandPrompts('a {|tiny} {cat}')).toEqual(['a {cat}', 'a tiny {cat}'])
})

test('more than the allowed number is reported by length, not cut to look allowed', () => {
  const four = '{a|b|c|d}'
  expect(expandPrompts(four.repeat(4)).length).toBeGreaterThan(maxExpandedPrompts)
})

test('variables are listed with their choices', () => {
  expect(findVariables('a {red|blue} cube')).toEqual([{ text: '{red|blue}', choices: ['red', 'blue'] }])
})
