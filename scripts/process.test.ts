import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { expect, test, vi } from 'vitest'

// A shell as npm starts it, a script in it that hands over to a program, and the shell is killed: as `kill` of `npm start` does.
test('the program ends when npm is killed', async () => {
  const program = `process.stdout.write(String(process.pid)); setInterval(() => undefined, 1000)`
  const script = `
    import { become } from ${JSON.stringify(join(import.meta.dirname, 'process.mjs'))}
    become(process.execPath, ['-e', ${JSON.stringify(program)}], process.env)`
  const shell = spawn('sh', ['-c', '"$NODE" --input-type=module -e "$SCRIPT"; true'], {
    env: { ...process.env, NODE: process.execPath, SCRIPT: script, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = (await once(shell.stdout, 'data')) as [Buffer]
  const pid = Number(text.toString())
  expect(isRunning(pid)).toBe(true)
  shell.kill('SIGTERM')
  try {
    await vi.waitUntil(() => !isRunning(pid), { timeout: 10_000 })
  } finally {
    if (isRunning(pid)) process.kill(pid)
  }
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
