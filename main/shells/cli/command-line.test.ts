import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import type { GenerationId } from '#app/domain/ids.ts'
import { openLibrary } from '#main/library/open-library.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { generateApples, runOnRealParts, tokensByIndex } from './testing/run-on-real-parts.ts'
import { spawnCli } from './testing/spawn-cli.ts'

let folder: string
let library: string
let runs = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-command-line-'))
  await makeTinyPack(join(folder, 'tiny'))
  vi.stubEnv('EASEL_PACKS', join(folder, 'tiny'))
})
beforeEach(() => useLibrary(`library-${runs++}`))
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

function useLibrary(name: string): void {
  library = join(folder, name)
  vi.stubEnv('EASEL_LIBRARY', library)
}

const start = spawnCli
/** Every row's file is there and is what the row says; no file is without a row; nothing half-written is left. */
async function checkLibrary(expectedPictures: number): Promise<void> {
  const opened = await openLibrary({ folder: library, access: 'read' })
  try {
    const { items } = opened.listPictures({ limit: 500 })
    expect(items).toHaveLength(expectedPictures)
    const hashes = items.map(({ id }) => {
      const sha256 = createHash('sha256')
        .update(readFileSync(opened.pictureFile(id)))
        .digest('hex')
      expect(sha256).toBe(opened.getPicture(id).objectSha256)
      return `${sha256}.png`
    })
    const files = (await readdir(join(library, 'objects'), { recursive: true })).filter((name) => name.includes('.'))
    expect(files.map((name) => name.split(/[\\/]/).at(-1)).toSorted()).toEqual([...new Set(hashes)].toSorted())
  } finally {
    opened.close()
  }
}

describe('generate', () => {
  it('gives the same tokens again, at any number of candidates', async () => {
    const sixteen = await generateApples('-n', '16', '--seed', '7')
    const again = await generateApples('-n', '16', '--seed', '7', '--top', '4')
    const four = await generateApples('-n', '4', '--seed', '7')
    const tokens = tokensByIndex(sixteen)
    expect(tokensByIndex(again)).toEqual(
      Object.fromEntries(again.candidates.map(({ index }) => [index, tokens[index]])),
    )
    expect(tokensByIndex(four)).toEqual({ 0: tokens[0], 1: tokens[1], 2: tokens[2], 3: tokens[3] })
    const scores = sixteen.candidates.map(({ clipScore }) => clipScore ?? NaN)
    expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    await checkLibrary(36)
  })

  it('copies the best ones to --out under names of their own', async () => {
    const out = join(folder, 'out')
    const { candidates } = await generateApples('-n', '3', '--top', '2', '--seed', '7', '--out', out)
    expect(candidates.map(({ file }) => file).toSorted()).toEqual(
      (await readdir(out)).map((name) => join(out, name)).toSorted(),
    )
    expect(candidates[0]?.file).toMatch(/a-red-apple-seed7-rank01-candidate\d-[0-9a-f]{8}\.png$/)
    const png = await readFile(candidates[0]!.file)
    expect(png.subarray(1, 4).toString()).toBe('PNG')
  })
})

describe('kill -9 in the middle', () => {
  it('loses no finished candidate, leaves nothing dangling, and resume gives the tokens of an undisturbed run', async () => {
    const expected = tokensByIndex(await generateApples('-n', '40', '--seed', '7'))
    useLibrary('killed')
    const killed = start('generate', 'a red apple', '-n', '40', '--seed', '7')
    await killed.heard('Finishing pictures')
    killed.child.kill('SIGKILL')
    expect((await killed.done).signal).toBe('SIGKILL')

    const left = await openLibrary({ folder: library })
    const [unfinished] = left.listUnfinished()
    const { missingFiles, wasLeftOpen } = left.startUp!
    left.close()
    expect([unfinished?.state, missingFiles, wasLeftOpen]).toEqual(['running', [], true])
    await checkLibrary(unfinished!.finishedCandidates)

    const resumed = await runOnRealParts('resume')
    expect([resumed.exitCode, resumed.stderr.split('\n').at(-2)]).toEqual([0, '"a red apple": finished, 40 candidates'])
    await checkLibrary(40)
    expect(await storedTokens(unfinished!.id)).toEqual(expected)
  })
})

async function storedTokens(id: GenerationId): Promise<Record<number, readonly number[]>> {
  const opened = await openLibrary({ folder: library, access: 'read' })
  const details = opened.listPicturesOf(id).map((picture) => opened.getPicture(picture.id))
  opened.close()
  return Object.fromEntries(details.map(({ index, tokens }) => [index, tokens]))
}

describe('the process', () => {
  it('is cancelled by SIGINT, also by several at once: exit 130, finished candidates kept', async () => {
    const running = start('generate', 'a red apple', '-n', '400', '--seed', '7')
    await running.heard('Finishing pictures')
    running.child.kill('SIGINT')
    running.child.kill('SIGINT')
    const { exitCode, stdout, stderr } = await running.done
    expect([exitCode, stdout]).toEqual([130, ''])
    const kept = Number(/Interrupted\. (\d+) of 400/.exec(stderr)?.[1])
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThan(400)
    await checkLibrary(kept)
    expect((await runOnRealParts('resume')).stderr).toBe('Nothing is unfinished.\n')
  })

  it('exits with 2 and an empty standard output on wrong usage, without making a library', async () => {
    const { exitCode, stdout, stderr } = await start('generate', 'a red apple', '--top-p', '2', '--json').done
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Allowed is a number above 0 and up to 1.')
    await expect(readdir(library)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('does not mind that nobody reads its standard output', async () => {
    const running = start('generate', 'a red apple', '-n', '2', '--json')
    running.child.stdout?.destroy()
    const { exitCode, stderr } = await running.done
    expect([exitCode, stderr.includes('easel:')]).toEqual([0, false])
  })

  it('says who holds the library, and still lists and searches it', async () => {
    await generateApples('-n', '1')
    const holder = await openLibrary({ folder: library, program: 'Another Easel' })
    try {
      const { exitCode, stdout, stderr } = await runOnRealParts('generate', 'a pear', '--json')
      expect([exitCode, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/^easel: This library is open in another Easel: Another Easel, process \d+/)
      expect(stderr).toContain('Close the other Easel, or choose another folder with --library.')
      const found = JSON.parse((await runOnRealParts('library', 'search', 'red apple', '--json')).stdout) as {
        pictures: unknown[]
      }
      expect(found.pictures).toHaveLength(1)
    } finally {
      holder.close()
    }
  })
})
