import { expect, test } from 'vitest'

import { choosePrecision } from './choose-precision.ts'

test('the reference, unless another is wished that the pack has', () => {
  const all = ['fp32', 'int8', 'int8-cache'] as const
  expect([choosePrecision(all, ''), choosePrecision(all, 'int8'), choosePrecision(all, 'int8-cache')]).toEqual([
    'fp32',
    'int8',
    'int8-cache',
  ])
  expect([choosePrecision(['int8'], ''), choosePrecision(['fp32', 'int8'], 'int8-cache')]).toEqual(['int8', 'fp32'])
})

test('what is no precision is refused with those there are', () => {
  expect(() => choosePrecision(['fp32'], 'int4')).toThrow(
    'EASEL_PRECISION is "int4"; it can be fp32, int8, int8-cache.',
  )
})
