import { expect, test } from 'vitest'

import type { ImportReport } from '#main/packs/import/doctor/report.ts'
import { Refusal } from '#main/packs/import/readers/refusal.ts'

import { createFakeCli } from './testing/run-on-fakes.ts'

const report: ImportReport = {
  family: 'min-dall-e',
  familyName: 'minDALL-E',
  parts: [{ kind: 'transformer', family: 'min-dall-e', familyName: 'minDALL-E', reason: 'head_img', keys: [] }],
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
    importCheckpoint: ({ files, name, precision, isDryRun, onProgress }) => {
      requests.push({ files, name, precision, isDryRun })
      onProgress?.({ stage: 'hashing', done: 1, total: 2 })
      onProgress?.({ stage: 'hashing', done: 2, total: 2 })
      return Promise.resolve(report)
    },
  }
  const run = await cli.run(
    'import',
    'a.ckpt',
    'b.json',
    '--name',
    'mine',
    '--precision',
    'int8',
    '--dry-run',
    '--json',
  )
  expect(requests).toEqual([{ files: ['a.ckpt', 'b.json'], name: 'mine', precision: 'int8', isDryRun: true }])
  const { family, geometry, missing, extra, licence, sha256, memoryBytes, secondsPerPicture } = report
  expect({ ...run, stdout: JSON.parse(run.stdout) as unknown }).toEqual({
    exitCode: 0,
    stdout: { family, geometry, missing, extra, licence, sha256, memoryBytes, secondsPerPicture },
    stderr: 'Reading the files …\n',
  })
})

test('a dry run for people ends with the map of tensors', async () => {
  const cli = createFakeCli()
  const keys = [{ target: 'head.weight', shape: [2, 3], sources: ['a.ckpt:head'] }]
  const parts = report.parts.map((part) => ({ ...part, keys }))
  cli.tools = { importCheckpoint: () => Promise.resolve({ ...report, parts }) }
  const { stdout } = await cli.run('import', 'a.ckpt', '--dry-run')
  expect(stdout).toContain('sha256      ab 1.3B.tar.gz\n')
  expect(stdout).toContain('\ntransformer of min-dall-e:\n  head.weight [2, 3] ← a.ckpt:head\n')
})

test.each([
  ['family-unknown', 'See which files belong to a model'],
  ['tokenizer-file', 'Name all files of the model'],
  ['truncated', 'Fetch the file again: it is incomplete'],
  ['pickle-global', 'a sound checkpoint breaks no rule'],
] as const)('a refused checkpoint comes with advice on checkpoints: %s', async (rule, advice) => {
  const cli = createFakeCli()
  cli.tools = { importCheckpoint: () => Promise.reject(new Refusal(rule, 'a.ckpt', 'it is wrong')) }
  const { exitCode, stderr } = await cli.run('import', 'a.ckpt')
  expect([exitCode, stderr.includes(advice), stderr.includes('--pack')]).toEqual([1, true, false])
})

test('an unknown precision is wrong usage', async () => {
  const { exitCode, stderr } = await createFakeCli().run('import', 'a.ckpt', '--precision', 'int4')
  expect([exitCode, stderr.includes('fp32, int8')]).toEqual([2, true])
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
  expect((await createFakeCli().run('import', 'a.onnx', '--with', 'nothing')).stderr).toContain(
    'There is no pack "nothing"',
  )
})

test('what a file does not tell can be said', async () => {
  const cli = createFakeCli()
  const said: unknown[] = []
  cli.tools = {
    importCheckpoint: ({ variant, startToken, isTextShort }) => {
      said.push({ variant, startToken, isTextShort })
      return Promise.resolve(report)
    },
  }
  await cli.run('import', 'a.pt', '--variant', 'v2', '--dry-run')
  await cli.run('import', 'a.pt', '--start-token', '16383', '--short-text', '--dry-run')
  expect(said).toEqual([{ variant: 'v2' }, { startToken: 16383, isTextShort: true }])
  expect((await cli.run('import', 'a.pt', '--start-token', '7')).exitCode).toBe(2)
})

test('a CLIP goes to the pack that is named', async () => {
  const cli = createFakeCli()
  const bases: unknown[] = []
  cli.tools = {
    importCheckpoint: ({ base }) => {
      bases.push(base)
      return Promise.resolve(report)
    },
  }
  const { exitCode } = await cli.run('import', 'text_model.onnx', 'vision_model.onnx', '--with', 'starter', '--dry-run')
  expect([exitCode, bases]).toEqual([0, ['/packs/starter']])
})
