import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { writeMadePackage } from '#main/packs/import/testing/made-upscaler.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { generateApples, runOnRealParts as run } from './testing/run-on-real-parts.ts'

let folder: string
let ids: readonly string[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-export-'))
  vi.stubEnv('EASEL_PACKS', join(folder, 'packs'))
  vi.stubEnv('EASEL_LIBRARY', join(folder, 'library'))
  await mkdir(join(folder, 'packs'))
  await makeTinyPack(join(folder, 'packs', 'tiny'))
  await writeMadePackage(join(folder, 'made'), [2, 4])
  await generateApples('-n', '2', '--seed', '7')
  const listed = JSON.parse((await run('library', 'list', '--json')).stdout) as { pictures: { id: string }[] }
  ids = listed.pictures.map(({ id }) => id)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function exported(out: string) {
  const names = (await readdir(join(folder, out))).toSorted()
  const sizes = await Promise.all(names.map(async (name) => (await sharp(join(folder, out, name)).metadata()).width))
  return [names.length, ...new Set(sizes)]
}

test('an upscaler is imported, told apart from the packs that draw, and enlarges', async () => {
  expect(await run('import', join(folder, 'made'))).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(
      /^upscaler {4}@somebody\/made-upscaler 1\.2\.3\nenlarges {4}×2, ×4\n[^]*installed {3}made-upscaler in /,
    ) as string,
  })
  const { stdout } = await run('packs', 'list')
  expect(stdout).toMatch(/^id[^]*\ntiny [^]*\n\nupscaler [^]*\nmade-upscaler +1\.2\.3 +made-upscaler +×2, ×4 /)
  const listed = JSON.parse((await run('packs', 'list', '--json')).stdout) as Record<string, { id: string }[]>
  expect([listed['packs'], listed['upscalers']].map((kind) => kind?.map(({ id }) => id))).toEqual([
    ['tiny'],
    ['made-upscaler'],
  ])
  expect((await run('packs', 'info', 'made-upscaler')).stdout).toContain('Copyright (c) 2022 Some Body.')
  expect((await run('packs', 'check', 'made-upscaler')).stdout).toContain('every file is what pack.json says.')
  expect((await run('doctor')).stdout).toContain('upscaler made-upscaler')

  const out = join(folder, 'large')
  expect((await run('export', ...ids, '--out', out, '--scale', '4', '--upscale', 'made-upscaler')).exitCode).toBe(0)
  const [file] = await readdir(join(folder, 'library', 'objects'), { recursive: true, withFileTypes: true }).then(
    (all) => all.filter((entry) => entry.name.endsWith('.png')),
  )
  const { width } = await sharp(join(file!.parentPath, file!.name)).metadata()
  expect(await exported('large')).toEqual([2, 4 * width])
})

test('without a wish it is as large as it is, and nothing is written over', async () => {
  const out = join(folder, 'plain')
  for (const _ of [1, 2]) expect((await run('export', ids[0]!, '--out', out, '--format', 'webp')).exitCode).toBe(0)
  expect((await readdir(out)).toSorted()).toEqual([
    expect.stringMatching(/ \(2\)\.webp$/),
    expect.stringMatching(/\d\.webp$/),
  ] as unknown[])
})

test('an upscaler does not draw, and what is not allowed is answered with what is', async () => {
  const out = join(folder, 'nothing')
  const drawn = await run('generate', 'a pear', '--pack', 'made-upscaler')
  expect([drawn.exitCode, drawn.stderr]).toEqual([2, expect.stringContaining('enlarges pictures and draws none')])
  const refused = async (...flags: string[]) => (await run('export', ids[0]!, '--out', out, ...flags)).stderr
  expect(await refused('--scale', '3')).toContain('Allowed choices are 1, 2, 4, 8.')
  expect(await refused('--scale', '2', '--upscale', 'magic')).toContain(
    '"magic" is no way to enlarge pictures; allowed are: lanczos, squares, made-upscaler.',
  )
  expect(await refused('--scale', '8', '--upscale', 'made-upscaler')).toContain(
    '"made-upscaler" enlarges by 1, 2, 4, not by 8.',
  )
  expect(await readdir(out)).toEqual([])
})

test('what is no id of a picture is refused before anything is made', async () => {
  expect(await run('export', ids[0]!, 'abc', '--out', join(folder, 'none'))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/'abc' is invalid .*Allowed is a lower-case UUID\./) as string,
  })
  await expect(readdir(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
})
