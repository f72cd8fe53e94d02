import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { openWritable } from '#main/library/database/database.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { generateApples, runOnRealParts } from './testing/run-on-real-parts.ts'

let folder: string
let library: string
let files: readonly string[]

const run = runOnRealParts
const runJson = async (...words: string[]) =>
  JSON.parse((await run(...words, '--json')).stdout) as Record<string, unknown>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-care-'))
  library = join(folder, 'library')
  vi.stubEnv('EASEL_PACKS', join(folder, 'packs', 'tiny'))
  vi.stubEnv('EASEL_LIBRARY', library)
  await mkdir(join(folder, 'packs'))
  await makeTinyPack(join(folder, 'packs', 'tiny'))
  files = (await generateApples('-n', '3', '--seed', '7')).candidates.map(({ file }) => file)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

describe('verify', () => {
  it('replays the receipt of a PNG', async () => {
    expect(await run('verify', files[0]!)).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^Replayed candidate \d of seed 7 with the pack "tiny" 0\.1\.0 \(fp32 on cpu, as it was drawn\): all 16 tokens agree\.\n$/,
      ) as string,
      stderr: '',
    })
  })

  it('replays it in the precision it was drawn in, whatever is chosen now', async () => {
    vi.stubEnv('EASEL_PRECISION', 'int8')
    const { exitCode, stdout } = await run('verify', files[0]!)
    vi.stubEnv('EASEL_PRECISION', '')
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('(fp32 on cpu, as it was drawn)')])
  })

  it('says that a file has no receipt, or is not there', async () => {
    const other = join(folder, 'other.png')
    await writeFile(other, 'no picture')
    expect((await run('verify', other)).exitCode).toBe(2)
    const missing = await run('verify', join(folder, 'missing.png'))
    expect([missing.exitCode, missing.stdout]).toEqual([1, ''])
    expect(missing.stderr).toContain('missing.png cannot be read')
  })
})

describe('packs', () => {
  it('says what a pack is and checks it', async () => {
    expect(await runJson('packs', 'info', 'tiny')).toMatchObject({
      id: 'tiny',
      rows: 4,
      columns: 4,
      canRank: true,
      canEncode: true,
    })
    expect((await run('packs', 'check', 'tiny')).stdout).toContain('every file is what pack.json says.')
    expect(await runJson('packs', 'check', 'tiny')).toMatchObject({ id: 'tiny', version: '0.1.0', isGood: true })
    expect((await run('packs', 'check', 'nope')).exitCode).toBe(1)
  })

  it('installs and removes a pack', async () => {
    vi.stubEnv('EASEL_PACKS', join(folder, 'installed'))
    await makeTinyPack(join(folder, 'second'), { id: 'second' })
    const ids = async () => ((await runJson('packs', 'list'))['packs'] as { id: string }[]).map(({ id }) => id)
    expect((await run('packs', 'install', join(folder, 'second'))).exitCode).toBe(0)
    const file = join(folder, 'second.easelpack')
    const words = [
      ['save', 'second', file],
      ['remove', 'second'],
      ['install', file],
    ]
    for (const [verb = '', ...rest] of words) expect((await run('packs', verb, ...rest)).exitCode).toBe(0)
    expect(await ids()).toEqual(['second'])
    const saved = await readFile(file)
    const again = await run('packs', 'save', 'second', file)
    expect([again.exitCode, again.stderr.includes('choose another one')]).toEqual([1, true])
    expect((await readFile(file)).equals(saved)).toBe(true)
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
    expect((await run('packs', 'remove', 'second')).exitCode).toBe(0)
    expect(await ids()).toEqual([])
    vi.stubEnv('EASEL_PACKS', join(folder, 'packs', 'tiny'))
  })

  it('names a folder that cannot be used, and why nothing can be drawn', async () => {
    vi.stubEnv('EASEL_PACKS', join(folder, 'damaged'))
    await makeTinyPack(join(folder, 'third'), { id: 'third' })
    await run('packs', 'install', join(folder, 'third'))
    await truncate(join(folder, 'damaged', 'third', 'transformer.onnx'), 100)
    const { stdout, stderr } = await run('packs', 'list')
    expect([stdout, stderr.startsWith('Cannot be used: ')]).toEqual(['No packs.\n', true])
    const drawn = await run('generate', 'a pear')
    expect([drawn.exitCode, drawn.stderr.startsWith('easel: No pack can be used. ')]).toEqual([1, true])
    vi.stubEnv('EASEL_PACKS', join(folder, 'packs', 'tiny'))
  })
})

describe('library', () => {
  it('counts, verifies and backs up', async () => {
    expect(await runJson('library', 'stats')).toMatchObject({
      folder: library,
      pictures: 3,
      generations: 1,
      damagedPictures: 0,
    })
    expect((await run('library', 'verify')).stdout).toMatch(/^All is well: 3 pictures checked/)
    const { name } = await runJson('library', 'backup')
    expect((await runJson('library', 'backups'))['backups']).toMatchObject([{ name }])
  })

  it('says that a folder to import is not there, instead of that nothing was in it', async () => {
    const missing = join(folder, 'missing')
    const { exitCode, stdout, stderr } = await run('library', 'import', missing, '--json')
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`There is no folder ${missing}; PNG files are named one by one.`)
  })

  it('goes into an archive, with pixels or as tokens only, and comes back whole', async () => {
    for (const flags of [[], ['--tokens-only']]) {
      const archive = join(folder, `archive${flags.length}.tar`)
      const copy = join(folder, `copy${flags.length}`)
      expect((await run('library', 'export', archive, ...flags)).exitCode).toBe(0)
      expect((await run('library', 'merge', archive, '--library', copy)).stdout).toBe(
        '3 taken in, 0 known already, 0 refused.\n',
      )
      expect((await run('library', 'merge', archive, '--library', copy)).stdout).toBe(
        '0 taken in, 3 known already, 0 refused.\n',
      )
      expect((await run('library', 'verify', '--library', copy)).exitCode).toBe(0)
    }
  })

  it('is put right after damage, and until then refused with what to do', async () => {
    const database = join(library, 'easel.db')
    const bytes = await readFile(database)
    bytes.fill(0, 4096 * 4, 4096 * 7)
    await writeFile(database, bytes)
    const refused = await run('generate', 'a pear')
    expect([refused.exitCode, refused.stderr.includes('easel library repair')]).toEqual([1, true])
    const repaired = await runJson('library', 'repair')
    expect(repaired).toMatchObject({ pictures: 3, restoredFrom: { bytes: expect.any(Number) as number } })
    expect((await run('library', 'verify')).exitCode).toBe(0)
  })
})

describe('doctor', () => {
  it('finds all well, and says what there is', async () => {
    const { exitCode, stdout } = await run('doctor')
    expect(exitCode).toBe(0)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^ok {3}versions: Easel 1\.2\.3, Node \d+/) as string,
      expect.stringMatching(/^ok {3}system: .* \d+ processors$/) as string,
      expect.stringMatching(/^ok {3}memory: [\d.]+ GiB of [\d.]+ GiB free/) as string,
      expect.stringMatching(/^ok {3}library: 3 pictures of 1 runs in .*, 0 in the trash, 0 MB$/) as string,
      expect.stringMatching(/^ok {3}database: SQLite 3\.[\d.]+, schema \d+; backups: \d+, newest: /) as string,
      expect.stringMatching(/^(?:ok |BAD) {2}disk: [\d.]+ GB free for the library$/) as string,
      expect.stringMatching(
        /^ok {3}engine: ONNX Runtime [\d.]+, providers: .*cpu.* \d+ threads; in use: none yet$/,
      ) as string,
      expect.stringMatching(/^ok {3}pack tiny: /) as string,
      '',
    ])
  })
})

describe('bug-report', () => {
  it('is a text to read, with no prompt and no home folder in it', async () => {
    vi.stubEnv('HOME', folder)
    const file = join(folder, 'report.md')
    const { exitCode, stdout } = await run('bug-report', '--out', file)
    const text = await readFile(file, 'utf8')
    expect([exitCode, stdout]).toEqual([0, `${file}\n`])
    expect(text).toContain('Nothing has been sent.')
    for (const part of [
      'versions: Easel 1.2.3',
      'engine: ONNX Runtime',
      'pack tiny: version 0.1.0',
      'a line of the log',
    ])
      expect(text).toContain(part)
    expect(text).toContain('3 pictures of 1 runs in ~/library')
    expect(text).not.toContain('apple')
    expect(text).not.toContain(folder)
  })

  it('is made of what there is when the library cannot be opened', async () => {
    const damaged = join(folder, 'damaged-library')
    await mkdir(damaged)
    await writeFile(join(damaged, 'easel.db'), 'no database')
    const { exitCode, stdout } = await run('bug-report', '--library', damaged)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/\*\*not well\*\* library: /)
  })

  it('never writes over a file', async () => {
    const file = join(folder, 'mine.md')
    await writeFile(file, 'mine')
    expect((await run('bug-report', '--out', file)).exitCode).toBe(1)
    expect(await readFile(file, 'utf8')).toBe('mine')
  })
})

describe('a library of a newer Easel', () => {
  it('is looked at, and a change says which Easel can make it', async () => {
    const newer = join(folder, 'newer-library')
    await cp(library, newer, { recursive: true })
    const db = openWritable(join(newer, 'easel.db'))
    db.pragma('user_version = 9990')
    db.close()
    expect((await run('library', 'list', '--library', newer)).exitCode).toBe(0)
    const { exitCode, stderr } = await run('library', 'import', files[0]!, '--library', newer)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/schema 9990 of a newer Easel.*\n.*newer Easel wrote it, use that one/)
  })
})
