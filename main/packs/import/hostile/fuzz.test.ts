import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { rules } from '../readers/refusal.ts'

import { goodFiles } from './good-files.ts'
import { mutate, randomNumbers } from './mutate.ts'
import { readBytes } from './read-bytes.ts'

const outcomes = new Set<string>(['accepted', ...rules])

const readers = ['zip', 'pickle', 'safetensors', 'msgpack', 'onnx', 'vocabulary', 'merges', 'youtokentome']

describe.each(readers)('the %s reader', (format) => {
  const good = goodFiles[format] ?? new Uint8Array(0)

  it('accepts its good file', () => {
    expect(readBytes(good)).toBe('accepted')
  })

  it('reads mutated files or refuses them by a rule, and never fails otherwise', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), fc.integer({ min: 1, max: 8 }), (seed, changes) => {
        expect(outcomes.has(readBytes(mutate(good, changes, randomNumbers(seed))))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
