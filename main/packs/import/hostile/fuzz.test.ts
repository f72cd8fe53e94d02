import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { rules } from '../readers/refusal.ts'

import { outcomeOf, tarFormats } from './fuzz-target.ts'
import { goodFiles } from './good-files.ts'
import { mutate, randomNumbers } from './mutate.ts'

const outcomes = new Set<string>(['accepted', ...rules])
/** Each of these is unpacked into files. */
const bundles: readonly string[] = ['bundle', ...tarFormats]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-fuzz-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe.each(Object.keys(goodFiles))('the %s reader', (format) => {
  const good = goodFiles[format] ?? new Uint8Array(0)

  it('accepts its good file', async () => {
    expect(await outcomeOf(format, good, folder)).toBe('accepted')
  })

  it('reads mutated files or refuses them by a rule, and never fails otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 30 }), fc.integer({ min: 1, max: 8 }), async (seed, changes) => {
        expect(outcomes.has(await outcomeOf(format, mutate(good, changes, randomNumbers(seed)), folder))).toBe(true)
      }),
      { numRuns: bundles.includes(format) ? 200 : 1000 },
    )
    expect((await readdir(folder)).filter((name) => name !== 'bundle.tar.gz')).toEqual([])
  })
})
