import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { chromiumPath } from '#main/shells/testing/chromium.ts'

import { expect, test } from './studio.ts'

// Short forms of the commands that measure and try the built studio; their long forms are run by hand.

const hasChromium = existsSync(chromiumPath)

/** Runs a command of the shells as `npm run` does. @returns the object that it prints, also where it found something to complain about */
async function run(command: string, args: readonly string[]): Promise<unknown> {
  const file = join(import.meta.dirname, '../main/shells', command)
  const { stdout } = await promisify(execFile)(process.execPath, [file, '--json', '--quick', ...args]).catch(
    (failed: { readonly stdout: string; readonly stderr: string }) => {
      if (failed.stdout === '') throw new Error(failed.stderr)
      return failed
    },
  )
  return JSON.parse(stdout)
}

test('how fast the studio starts can be measured, and nothing starts the engine', async () => {
  const measured: unknown = hasChromium ? expect.any(Number) : null
  expect(await run('startup/command.ts', [])).toEqual({
    ...{ runs: 1, addressMs: expect.any(Number) as unknown, firstPaintMs: measured, interactiveMs: measured },
    ...{ paintedMs: measured, usableMs: measured, isEngineEarly: false },
  })
})

test('hostile text of every origin is shown by the page, and none of it runs', async () => {
  // Some pictures are drawn and taken in, and each is looked at.
  test.setTimeout(300_000)
  const strings = 25
  expect(await run('security/command.ts', ['--only', 'text'])).toEqual(
    hasChromium
      ? {
          xssExecutions: 0,
          xssStrings: strings,
          xssShown: {
            ...{
              prompt: strings,
              'name of a dropped file': strings,
              'text of a PNG': strings,
              'card of a pack': strings,
            },
            ...{ tag: strings, collection: strings, link: strings },
          },
          xssRefused: 0,
          xssExecutionsUndefended: expect.any(Number) as unknown,
          problems: [],
        }
      : {
          ...{ xssExecutions: null, xssStrings: 0, xssShown: {}, xssRefused: 0, xssExecutionsUndefended: null },
          problems: [],
        },
  )
})
