import { expect, it } from 'vitest'

import { transformerThreads } from './transformer-threads.ts'

it('gives a small transformer one thread where it may, and a large one all', () => {
  const [small, large] = [7_000_000, 340_000_000]
  expect([
    transformerThreads(small, { threads: 4, mayUseFewer: true }),
    transformerThreads(large, { threads: 4, mayUseFewer: true }),
    transformerThreads(small, { threads: 4 }),
  ]).toEqual([1, 4, 4])
})
