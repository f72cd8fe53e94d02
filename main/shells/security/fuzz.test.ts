import { expect, test } from 'vitest'

import { fuzzShells } from './fuzz.ts'

test('random addresses and messages get nowhere and throw nothing', async () => {
  const seed = 20_261_122
  expect(await fuzzShells(2000, seed)).toEqual({ inputs: 6000, escapes: [] })
})
