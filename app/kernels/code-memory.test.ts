import { expect, it } from 'vitest'

import { CodeMemory } from './code-memory.ts'

const columns = 4
/** Neighbours decide each code. */
const grid = Uint16Array.from({ length: 24 }, (_, cell) => (cell * cell * 7 + 3) % 50)
const guesses = (memory: CodeMemory, codes: ArrayLike<number>) =>
  Array.from(codes, (_, cell) => memory.guess(codes, cell))

it('knows nothing at first, and a picture it has seen by heart', () => {
  const memory = new CodeMemory(columns)
  expect(guesses(memory, grid)).toEqual(Array.from(grid, () => -1))
  memory.learn(grid)
  expect(guesses(memory, grid)).toEqual([...grid])
})

it('after a change goes by the neighbours that are left', () => {
  const memory = new CodeMemory(columns)
  memory.learn(grid)
  const changed = grid.slice()
  changed[9] = 60
  // The cells right below and beside the change see other neighbours; those further off see the old ones.
  expect(guesses(memory, changed).filter((code, cell) => cell > 14 && code !== grid[cell])).toEqual([])
})

it('what was seen more often wins', () => {
  const memory = new CodeMemory(columns)
  const other = grid.slice()
  other[23] = 61
  for (const codes of [grid, other, other, other, grid]) memory.learn(codes)
  expect(memory.guess(grid, 23)).toBe(61)
})
