import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { shellCode } from '../electron/testing/shell-code.ts'
import { startFakeShell } from '../electron/testing/start-fake-shell.ts'
import { runChecklist } from './checklist.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-checklist-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('all twenty points hold', async () => {
  const results = await runChecklist(await startFakeShell(shellCode, folder))
  expect(results.filter(({ problems }) => problems.length > 0)).toEqual([])
  expect(results.map(({ point }) => point)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
})
