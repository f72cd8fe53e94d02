import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { corpus, writeCase } from './corpus.ts'
import { examine } from './examine.ts'

describe('the hostile corpus', () => {
  let outer = ''
  beforeAll(async () => {
    outer = await mkdtemp(join(tmpdir(), 'easel-hostile-'))
  })
  afterAll(() => rm(outer, { recursive: true, force: true }))

  it('has at least 150 files of distinct names', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150)
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length)
  })

  it('is refused, each file by the rule it breaks, and leaves nothing behind', async () => {
    const inner = join(outer, 'a', 'b')
    const verdicts: string[] = []
    const expected: string[] = []
    for (const [index, hostile] of corpus.entries()) {
      const path = await writeCase(hostile, join(inner, 'corpus', String(index)))
      const verdict = await examine(path, join(inner, 'temporary'))
      await rm(path)
      expected.push(`${hostile.name}: ${hostile.rule}`)
      const detail = verdict.rule === hostile.rule ? '' : ` (${verdict.message})`
      verdicts.push(`${hostile.name}: ${verdict.rule}${detail}`)
    }
    expect(verdicts).toEqual(expected)
    expect(await readdir(outer)).toEqual(['a'])
    expect(await readdir(join(outer, 'a'))).toEqual(['b'])
    expect((await readdir(inner)).toSorted()).toEqual(['corpus', 'temporary'])
    expect(await readdir(join(inner, 'temporary'))).toEqual([])
  })
})
