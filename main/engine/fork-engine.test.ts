import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'

import { forkEngine } from './fork-engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-fork-'))
afterAll(() => rmSync(folder, { recursive: true }))

const before = process.env['ORT_DISABLE_TELEMETRY']
beforeEach(() => {
  process.env['ORT_DISABLE_TELEMETRY'] = '0'
})
afterEach(() => {
  if (before === undefined) delete process.env['ORT_DISABLE_TELEMETRY']
  else process.env['ORT_DISABLE_TELEMETRY'] = before
})

test('ONNX Runtime reports to nobody, whatever the environment says', async () => {
  const entry = join(folder, 'entry.mjs')
  writeFileSync(entry, `process.send(process.env.ORT_DISABLE_TELEMETRY)`)
  const child = forkEngine(entry)
  const said = await new Promise((resolve) => child.listen(resolve, resolve))
  child.kill()
  expect(said).toBe('1')
})
