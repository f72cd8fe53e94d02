import { expect, test } from 'vitest'

import { sketchPrompt } from './two-panels.ts'

test.each([
  ['a yellow cat', 'yellow cat'],
  ['An owl. ', 'owl'],
  ['the Eiffel tower at night!', 'Eiffel tower at night'],
  ['animals', 'animals'],
])('%j is asked for as a sketch of the same', (prompt, subject) => {
  expect(sketchPrompt(prompt)).toBe(`the exact same ${subject} on the top as a sketch on the bottom`)
})
