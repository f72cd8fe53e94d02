import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { generateApples, runOnRealParts as run } from './testing/run-on-real-parts.ts'

let folder: string
let files: readonly string[]
const runJson = async (...words: string[]) =>
  JSON.parse((await run(...words, '--json')).stdout) as Record<string, unknown>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-ranking-'))
  vi.stubEnv('EASEL_PACKS', join(folder, 'tiny'))
  vi.stubEnv('EASEL_LIBRARY', join(folder, 'library'))
  await makeTinyPack(join(folder, 'tiny'))
  files = (await generateApples('-n', '3', '--seed', '7')).candidates.map(({ file }) => file)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

describe('library', () => {
  it('compares labels, rescores, finds near-duplicates and lists what is damaged', async () => {
    expect((await run('library', 'labels')).stdout).toBe('No labels.\n')
    const { labels } = await runJson('library', 'labels', '--add', 'a dog', 'an apple')
    expect(labels).toMatchObject([
      { name: 'a dog', packId: 'tiny', scored: 3, waiting: 0 },
      { name: 'an apple', packId: 'tiny', scored: 3, waiting: 0 },
    ])
    const [picture] = (await runJson('library', 'list', '--limit', '1'))['pictures'] as { id: string }[]
    const { scores } = await runJson('library', 'labels', '--of', picture!.id)
    expect((scores as { name: string }[]).map(({ name }) => name).toSorted()).toEqual(['a dog', 'an apple'])
    const forgotten = await runJson('library', 'labels', '--remove', 'a dog')
    expect(forgotten['labels']).toMatchObject([{ name: 'an apple' }])
    const rescored = { chosen: 'tiny', scored: 3, waiting: 0, failed: 0, error: null }
    expect(await runJson('library', 'rescore', '--pack', 'tiny')).toMatchObject(rescored)
    expect((await run('library', 'rescore', '--pack', 'nope')).exitCode).toBe(1)
    expect(await runJson('library', 'rescore', '--own')).toMatchObject({ chosen: null })
    const { examined, groups } = await runJson('library', 'duplicates', '--similarity', '0.5')
    expect([examined, (groups as unknown[]).length <= 1]).toEqual([3, true])
    expect((await run('library', 'duplicates', '--similarity', '2')).exitCode).toBe(2)
    expect(await runJson('library', 'damaged')).toEqual({ problems: [] })
  })

  it('refuses a folder that is empty words, a file, or nowhere', async () => {
    const refused = async (at: string) => {
      const { exitCode, stderr } = await run('library', 'stats', '--library', at)
      return [exitCode, stderr.split('\n')[0]]
    }
    expect(await refused('')).toEqual([2, expect.stringContaining('Allowed is the path of a folder.')])
    expect(await refused(files[0]!)).toEqual([2, `easel: ${files[0]!} is a file; a library is a folder.`])
    expect(await refused(join(folder, 'nowhere'))).toEqual([
      1,
      `easel: There is no library in ${join(folder, 'nowhere')}.`,
    ])
  })
})
