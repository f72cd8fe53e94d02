import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'vitest'

import { shellCode } from './testing/shell-code.ts'
import { wiring } from './testing/wiring/wiring.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-electron-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

// That each of them fails when its wire is cut: main/shells/security/mutation.test.ts.
test.each(wiring)('$name', async ({ check }) => {
  await check(shellCode, folder)
})
