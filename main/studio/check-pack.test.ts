import { expect, test } from 'vitest'

import type { GoldenComparison } from '#main/packs/golden/golden-runs.ts'

import { toPackCheck } from './check-pack.ts'

const run = (precision: 'fp32' | 'int8', equalShare: number, where: string): GoldenComparison => ({
  run: {
    ...{ precision, prompt: 'a red apple', seed: 1, candidate: 0, tokens: [1] },
    settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 },
  },
  ...{ equalShare, where },
})

test('a run that branches off late is good, one that does so at once is not; where it ran is said once', () => {
  expect(toPackCheck({ runs: [run('fp32', 1, 'On the CPU.'), run('int8', 0.4, 'On the CPU.')] })).toEqual({
    runs: [
      { precision: 'fp32', prompt: 'a red apple', equalShare: 1 },
      { precision: 'int8', prompt: 'a red apple', equalShare: 0.4 },
    ],
    ...{ isGood: true, where: 'On the CPU.' },
  })
  expect(toPackCheck({ runs: [run('fp32', 1, ''), run('int8', 0, '')] }).isGood).toBe(false)
  expect(toPackCheck({ runs: [] })).toEqual({ runs: [], isGood: true, where: '' })
})
