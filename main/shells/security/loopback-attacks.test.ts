import { expect, test } from 'vitest'

import { runAttacks } from './loopback-attacks.ts'

test('fourteen hostile requests are blocked, and the next good one is answered', async () => {
  const results = await runAttacks()
  expect(results.map(({ name, gotThrough }) => [name, gotThrough])).toEqual(
    results.map(({ name }) => [name, undefined]),
  )
  expect(results).toHaveLength(14)
})
