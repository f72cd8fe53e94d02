import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'

import { watchEngineReach } from './engine-reach.ts'

test('the engine opens no socket of the internet and writes nothing; ONNX Runtime left to itself would', async () => {
  // Where there is no strace, nothing can be seen.
  const none = existsSync('/usr/bin/strace') ? { sockets: [], writes: [] } : null
  expect(await watchEngineReach()).toEqual(none)
  // Without what tells it that nobody is at the keyboard, it would keep quiet for another reason.
  const reporting = await watchEngineReach({ PATH: process.env['PATH'], ORT_DISABLE_TELEMETRY: '0' })
  if (reporting !== null) expect(reporting.writes.join('\n')).toContain('/Microsoft/DeveloperTools/.onnxruntime')
})
