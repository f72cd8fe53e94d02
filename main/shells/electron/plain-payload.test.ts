import { expect, test } from 'vitest'

import { isPlainPayload } from './plain-payload.ts'

const limit = 1000

test.each([{}, { a: null, b: [1, 'x', true, { c: undefined }] }, Object.create(null) as object])(
  '%j is let through',
  (payload) => {
    expect(isPlainPayload(payload, limit)).toBe(true)
  },
)

test.each([
  ['nothing', undefined],
  ['a list', []],
  ['a text', 'x'],
  ['a map', { a: new Map() }],
  ['a date', { a: new Date(0) }],
  ['bytes', { a: new Uint8Array(1) }],
  ['a big integer', { a: 1n }],
  ['a function', { a: () => 1 }],
  ['long text', { a: 'x'.repeat(limit) }],
  ['long keys', { ['x'.repeat(limit + 1)]: 1 }],
  ['too many values', { a: new Array(200_001).fill(0) }],
  ['deep nesting', nest(20)],
])('%s is not', (_what, payload) => {
  expect(isPlainPayload(payload, limit)).toBe(false)
})

function nest(depth: number): unknown {
  return depth === 0 ? 0 : { a: nest(depth - 1) }
}
