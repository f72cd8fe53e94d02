import { expect, test } from 'vitest'

import type { ImportReport } from '#main/packs/import/doctor/report.ts'

import { createFakeCli } from './testing/run-on-fakes.ts'

const report: ImportReport = {
  family: 'min-dall-e',
  familyName: 'minDALL-E',
  parts: [{ kind: 'transformer', family: 'min-dall-e', reason: 'head_img', keys: [] }],
  geometry: {
    textLength: 64,
    textVocabulary: 16384,
    rows: 16,
    columns: 16,
    imageVocabulary: 16384,
    pictureWidth: 256,
    pictureHeight: 256,
    layers: 42,
    width: 1536,
    heads: 24,
  },
  missing: [],
  extra: ['loss.scale'],
  licence: { name: 'CC-BY-NC-SA-4.0', sources: ['LICENSE'] },
  sha256: { '1.3B.tar.gz': 'ab' },
  parameters: 1_300_000_000,
  memoryBytes: 5_200_000_000,
  secondsPerPicture: 66,
  pack: null,
}

test('a dry run hands over what was typed and writes the report to standard output', async () => {
  const cli = createFakeCli()
  const requests: unknown[] = []
  cli.tools = {
    importCheckpoint: ({ files, name, isDryRun, onProgress }) => {
      requests.push({ files, name, isDryRun })
      onProgress?.({ stage: 'hashing', done: 1, total: 2 })
      onProgress?.({ stage: 'hashing', done: 2, total: 2 })
      return Promise.resolve(report)
    },
  }
  const run = await cli.run('import', 'a.ckpt', 'b.json', '--name', 'mine', '--dry-run', '--json')
  expect(requests).toEqual([{ files: ['a.ckpt', 'b.json'], name: 'mine', isDryRun: true }])
  expect({ ...run, stdout: JSON.parse(run.stdout) as unknown }).toEqual({
    exitCode: 0,
    stdout: report,
    stderr: 'Reading the files …\n',
  })
})

test('a person reads family, licence, what is left over, and where the pack is', async () => {
  const cli = createFakeCli()
  cli.tools = {
    importCheckpoint: () => Promise.resolve({ ...report, pack: { id: 'mine', folder: '/packs/mine', isNew: true } }),
  }
  const { exitCode, stdout } = await cli.run('import', 'a.ckpt')
  expect(exitCode).toBe(0)
  expect(stdout).toContain('family      minDALL-E\n')
  expect(stdout).toContain('licence     CC-BY-NC-SA-4.0 (LICENSE)\n')
  expect(stdout).toContain('left over   loss.scale\n')
  expect(stdout).toContain('Installed mine in /packs/mine.\n')
})

test('without a file it is wrong usage', async () => {
  expect((await createFakeCli().run('import')).exitCode).toBe(2)
})
