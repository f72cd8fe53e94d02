import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import { createStudio } from '#main/studio/studio.ts'
import { createFakePacks, fakePack } from '#main/studio/testing/fake-packs.ts'
import { createMemoryLibrary } from '#main/studio/testing/memory-library.ts'

import { createFakeCli } from './testing/run-on-fakes.ts'
import { runOnRealParts } from './testing/run-on-real-parts.ts'

describe('generate', () => {
  it('fails when the disk is so full that not even the failure can be written', async () => {
    const cli = createFakeCli()
    const full = new StudioError('storageFull', 'The disk is full.')
    const library = createMemoryLibrary()
    const { setGenerationState } = library
    cli.context = {
      openStudio: () =>
        Promise.resolve(
          createStudio({
            library: {
              ...library,
              addCandidate: () => Promise.reject(full),
              setGenerationState(id, state, details) {
                if (state === 'failed') throw full
                return setGenerationState(id, state, details)
              },
            },
            engine: cli.engine,
            packs: createFakePacks([fakePack('starter')]),
            version: '1.2.3',
            shell: 'cli',
          }),
        ),
    }
    const { exitCode, stdout, stderr } = await cli.run('generate', 'a pear')
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain('easel: The disk is full.\nFree some space')
  })

  it('says before it draws that the folder for copies cannot be used', async () => {
    const cli = createFakeCli()
    const file = fileURLToPath(import.meta.url)
    const { exitCode, stdout, stderr } = await cli.run('generate', 'a pear', '--out', join(file, 'pictures'))
    expect([exitCode, stdout, cli.engine.jobs.length]).toEqual([1, '', 0])
    expect(stderr).toMatch(/^easel: Pictures cannot be copied to .*: EEXIST/)
  })
})

describe('a refused value', () => {
  it.each([
    [['generate', 'a', '--out', ''], 'Allowed is the path of a folder.'],
    [['generate', 'a', '--seed', 'x\u001b[31m'], "argument 'x [31m' is invalid."],
  ])('%j: is shown without control characters, with what is allowed', async (words, message) => {
    const { exitCode, stderr } = await createFakeCli().run(...words)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(message)
  })

  it('is not shown whole when it is long', async () => {
    const { exitCode, stderr } = await createFakeCli().run('generate', 'a'.repeat(10_240))
    expect([exitCode, stderr.length < 500]).toEqual([2, true])
    expect(stderr).toContain('is invalid for argument')
  })
})

it.each([
  ['/dev/zero', 'zero: it is not a regular file (rule format-unknown)'],
  ['/not/there.tgz', 'There is no file /not/there.tgz.\nCheck the name.'],
])('%s is not read', async (file, message) => {
  expect(await runOnRealParts('import', file)).toMatchObject({
    ...{ exitCode: 1, stdout: '' },
    stderr: expect.stringContaining(message) as string,
  })
})
