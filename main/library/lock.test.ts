import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

/** In a process of its own: root may write anywhere, so it becomes somebody else first, which has no way back. */
const openAsSomebody = `
  const [folder, moduleUrl] = process.argv.slice(1)
  const { openLibrary } = await import(moduleUrl)
  if (process.getuid() === 0) process.setuid(65534)
  const answer = await openLibrary({ folder }).then(() => ({ code: 'opened' }), ({ code, message }) => ({ code, message }))
  process.stdout.write(JSON.stringify(answer))
`

/** Not on Windows, nor for a root that a container lets be nobody else. */
const canBeSomebody =
  process.getuid !== undefined &&
  (process.getuid() !== 0 || spawnSync(process.execPath, ['--eval', 'process.setuid(65534)']).status === 0)

test.skipIf(!canBeSomebody)('an empty folder that cannot be written to is named, with what is wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'easel-lock-'))
  chmodSync(folder, 0o555)
  try {
    const moduleUrl = new URL('./open-library.ts', import.meta.url).href
    const input = ['--input-type=module', '--eval', openAsSomebody, '--', folder, moduleUrl]
    expect(JSON.parse(execFileSync(process.execPath, input, { encoding: 'utf8' }))).toEqual({
      code: 'libraryReadOnly',
      message: `The folder ${folder} cannot be written to.`,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
