import { describe, expect, it, vi } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import type { GoldenRun } from '#app/domain/golden.ts'
import { createFakePacks, fakePack } from '#main/studio/testing/fake-packs.ts'

import type { RunJson } from './run-report.ts'
import { createFakeCli } from './testing/run-on-fakes.ts'

const run = (...words: string[]) => createFakeCli().run(...words)
const parse = (stdout: string) => JSON.parse(stdout) as RunJson

describe('generate', () => {
  it('prints one JSON object, best first, and nothing else on standard output', async () => {
    const { exitCode, stdout, stderr } = await run(
      'generate',
      'a red apple',
      '-n',
      '3',
      '--seed',
      '7',
      '--guidance',
      '2',
      '--json',
    )
    const result = parse(stdout)
    expect({ exitCode, lines: stdout.split('\n').length, result }).toEqual({
      exitCode: 0,
      lines: 2,
      result: {
        generationId: result.generationId,
        prompt: 'a red apple',
        seed: 7,
        pack: { id: 'starter', version: '1.0.0', sha256: 'ab'.repeat(32) },
        settings: { temperature: 0.7, topK: 0, topP: 0.9, guidanceScale: 2 },
        candidates: [
          {
            rank: 1,
            index: 1,
            clipScore: 0.625,
            perplexity: 1,
            tokens: [32, 35, 38, 41, 44, 47],
            file: result.candidates[0]?.file,
          },
          {
            rank: 2,
            index: 2,
            clipScore: 0.25,
            perplexity: 1,
            tokens: [39, 42, 45, 48, 51, 54],
            file: result.candidates[1]?.file,
          },
          {
            rank: 3,
            index: 0,
            clipScore: 0,
            perplexity: 1,
            tokens: [25, 28, 31, 34, 37, 40],
            file: result.candidates[2]?.file,
          },
        ],
        seconds: { load: result.seconds?.load, prefill: 0.25, decode: 1, pixels: 0.5, rank: 0.125 },
      },
    })
    expect(stderr).toBe('Loading the pack …\nDrawing 3 candidates …\nFinishing pictures …\n')
  })

  it('--top limits what is shown; the library keeps all', async () => {
    const cli = createFakeCli()
    const { stdout } = await cli.run('generate', 'a pear', '-n', '4', '--top', '2', '--json')
    expect(parse(stdout).candidates.map(({ rank, index }) => [rank, index])).toEqual([
      [1, 3],
      [2, 1],
    ])
    const listed = await cli.run('library', 'list', '--json')
    expect((JSON.parse(listed.stdout) as { pictures: unknown[] }).pictures).toHaveLength(4)
  })

  it('is readable without --json', async () => {
    const { stdout } = await run('generate', 'a\u001b[31m pear', '-n', '2', '--top', '1')
    expect(stdout.replace(/\/memory\/.*/, 'FILE')).toBe(
      '"a [31m pear" · seed 42 · starter 1.0.0 · 2 candidates in 1.9 s\n\n' +
        'rank  score  perplexity  candidate  file\n   1  0.625  1.0                 1  FILE\n',
    )
  })

  it('draws a bar on a terminal', async () => {
    const cli = createFakeCli()
    cli.context = { terminalColumns: 60 }
    const { stderr } = await cli.run('generate', 'a pear', '-n', '2')
    expect(stderr).toContain('\r\u001b[K████████████████████████ 100 %  2 of 2 candidates')
    expect(stderr.endsWith('\r\u001b[K')).toBe(true)
  })

  it('cancels on Ctrl-C, keeps what is finished and exits with 130', async () => {
    const cli = createFakeCli()
    cli.engine.gate = new Promise((resolve) => setTimeout(resolve, 200))
    const running = cli.run('generate', 'a pear', '--json')
    await vi.waitUntil(() => cli.engine.jobs.length > 0)
    cli.interrupt()
    expect(await running).toEqual({
      exitCode: 130,
      stdout: '',
      stderr: 'Loading the pack …\nInterrupted. 0 of 4 candidates were finished and are in the library.\n',
    })
    expect(cli.engine.isClosed).toBe(true)
  })

  it('exits with 1, one sentence and one thing to do when the engine dies twice', async () => {
    const cli = createFakeCli()
    cli.engine.deaths.push(0, 0)
    const { exitCode, stdout, stderr } = await cli.run('generate', 'a pear')
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain('easel: The pack "starter" ended the engine 2 times')
    expect(stderr).toContain('Try again; if it happens again, ask for fewer --candidates or choose another --pack.\n')
  })

  it('says who has the library', async () => {
    const cli = createFakeCli()
    const locked = new StudioError('libraryLocked', 'This library is open in another Easel: process 7.')
    cli.context = { openStudio: () => Promise.reject(locked) }
    expect(await cli.run('generate', 'a pear')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'easel: This library is open in another Easel: process 7.\n' +
        'Close the other Easel, or choose another folder with --library. `library list` and `search` work meanwhile.\n',
    })
  })
})

describe('wrong usage', () => {
  it.each([
    [['generate', 'a', '--candidates', '0'], 'Allowed is a whole number from 1 to 512.'],
    [['generate', 'a', '--candidates', '3.5'], 'Allowed is a whole number from 1 to 512.'],
    [['generate', 'a', '--seed', '0x10'], 'Allowed is a whole number from 0 to 9007199254740991.'],
    [['generate', 'a', '--seed', ''], 'Allowed is a whole number from 0 to 9007199254740991.'],
    [['generate', 'a', '--temperature', '6'], 'Allowed is a number from 0 to 5.'],
    [['generate', 'a', '--top-p', '0'], 'Allowed is a number above 0 and up to 1.'],
    [['generate', 'a', '--top-k', '-1'], 'Allowed is a whole number from 0 to 65536.'],
    [['generate', 'a', '--guidance', 'NaN'], 'Allowed is a number from 0 to 50.'],
    [['generate', 'a', '--pack', '../x'], 'Allowed is a name of small letters, digits, dots, dashes and underscores.'],
    [['generate', '  '], 'The prompt is empty.'],
    [['generate', 'a', '--pack', 'nope'], 'There is no pack "nope"; installed are: starter.'],
    [['generate'], "missing required argument 'prompt'"],
    [['generate', 'a', 'red', 'apple'], "too many arguments for 'generate'"],
    [['generate', 'a', '--sed', '7'], "unknown option '--sed'"],
    [['resume', '--sed'], 'The options are: --library, --help.'],
    [['paint'], "unknown command 'paint'"],
    [['library', 'paint'], 'The commands are: list, search, verify, '],
    [['library', 'list', '--limit', '501'], 'Allowed is a whole number from 1 to 500.'],
    [[], 'Usage: easel'],
  ])('%j exits with 2, says what is allowed and prints no result', async (words, message) => {
    const { exitCode, stdout, stderr } = await run(...words)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })
})

describe('help', () => {
  it.each([[[]], [['generate']], [['resume']], [['library', 'list']], [['library', 'search']], [['packs', 'list']]])(
    '%j --help exits with 0 and gives an example on standard output',
    async (words) => {
      const { exitCode, stdout, stderr } = await run(...words, '--help')
      expect([exitCode, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(words.length === 0 ? /Exit codes: 0 done/ : /Examples?:\n {2}easel /)
    },
  )

  it('--version', async () => {
    expect(await run('--version')).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' })
  })
})

describe('library and packs', () => {
  it('searches prompts', async () => {
    const cli = createFakeCli()
    await cli.run('generate', 'a pear', '-n', '1')
    await cli.run('generate', 'a red apple', '-n', '1')
    const found = JSON.parse((await cli.run('library', 'search', 'apple', '--json')).stdout) as {
      pictures: { prompt: string; file: string }[]
      nextCursor: null
    }
    expect([found.pictures.map(({ prompt }) => prompt), found.nextCursor]).toEqual([['a red apple'], null])
    expect((await cli.run('library', 'search', 'plum')).stdout).toBe('No pictures.\n')
    const { stdout, stderr } = await cli.run('library', 'list', '--limit', '1')
    expect(stdout).toContain('a red apple')
    expect(stderr).toBe('There are more. Go on with: --cursor 1\n')
  })

  it('lists packs', async () => {
    const { stdout } = await run('packs', 'list')
    expect(stdout).toBe(
      'id       version  name              tokens  pixels  size    licence\n' +
        'starter  1.0.0    The starter pack  3 × 2   4 × 6   0.0 MB  Apache-2.0\n',
    )
    const json = JSON.parse((await run('packs', 'list', '--json')).stdout) as { packs: { id: string }[] }
    expect(json.packs.map(({ id }) => id)).toEqual(['starter'])
  })

  it('names the tokens of a palette apart from the places', async () => {
    const cli = createFakeCli()
    const palette = { rows: 13, columns: 12, paletteRows: 1, paletteLevels: 32, imageVocabulary: 1024 }
    const install = () => Promise.reject(new Error('Nothing is installed here.'))
    cli.tools = { packs: { ...createFakePacks([fakePack('colour', palette)]), install } }
    expect((await cli.run('packs', 'list')).stdout).toContain('  12 × 12 + 12  ')
    expect((await cli.run('packs', 'info', 'colour')).stdout).toContain(
      'tokens      12 × 12 of 1024 codes, after 32 of text, and 12 of the palette (its colours, in 32 levels)\n',
    )
  })
})

describe('packs check', () => {
  it('fails when a golden run is wrong from its beginning, not when it branches off late', async () => {
    const { sampling } = fakePack('starter').summary
    const { candidates: _, ...settings } = sampling
    const golden: GoldenRun = { precision: 'fp32', prompt: 'a red apple', seed: 1, candidate: 0, settings, tokens: [] }
    const check = (equalShare: number) => {
      const cli = createFakeCli()
      cli.tools = {
        checkPack: () => Promise.resolve({ pack: fakePack('starter'), runs: [{ run: golden, equalShare }] }),
      }
      return cli.run('packs', 'check', 'starter')
    }
    const [late, early] = [await check(0.6), await check(0)]
    expect([late.exitCode, late.stderr, early.exitCode, early.stderr]).toEqual([
      0,
      '',
      1,
      'A golden run is wrong from its beginning: the pack or the engine does not work on this machine.\n',
    ])
  })
})

describe('resume', () => {
  it('goes on with what an earlier run left, and generate says that there is something', async () => {
    const cli = createFakeCli()
    expect((await cli.run('resume')).stderr).toBe('Nothing is unfinished.\n')
    cli.engine.gate = new Promise((resolve) => setTimeout(resolve, 200))
    const running = cli.run('generate', 'a pear', '-n', '2')
    await vi.waitUntil(() => cli.engine.jobs.length > 0)
    await cli.studio()?.close()
    await running
    const next = await cli.run('generate', 'a plum', '-n', '1')
    expect(next.stderr).toContain('One earlier generation is unfinished. Go on with: easel resume\n')
    expect(await cli.run('resume')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'Loading the pack …\nDrawing 2 candidates …\nFinishing pictures …\n"a pear": finished, 2 candidates\n',
    })
  })
})
