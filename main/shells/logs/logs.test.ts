import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import { FakeStudio } from '../testing/fake-studio.ts'
import { LogFile } from './log-file.ts'
import { logStudio } from './logged-studio.ts'
import { openShellLog } from './shell-log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const parse = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>
/** A line without what differs from run to run. */
const essence = (line: string): unknown => ({ ...parse(line), time: '', pid: 0, ms: 0 })

test('lines are JSON objects, in files of bounded size that only their owner can read', () => {
  const log = new LogFile('easel-test', { folder, maxBytes: 1000, maxFiles: 3 })
  for (let number = 0; number < 100; number++) log.write('info', 'event', { number })
  expect(readdirSync(folder).sort()).toEqual(['easel-test.1.log', 'easel-test.2.log', 'easel-test.log'])
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
  expect(sizes.every((size) => size <= 1000)).toBe(true)
  expect(statSync(log.path).mode & 0o777).toBe(0o600)
  const numbers = log.tail(15).map((line) => parse(line)['number'])
  expect(numbers).toEqual(Array.from({ length: 15 }, (_, index) => 85 + index))
  expect(Object.keys(parse(log.tail(1)[0] ?? ''))).toEqual(['time', 'level', 'pid', 'event', 'number'])
})

test('a message of any length and with any character is one line', () => {
  const log = new LogFile('easel-test', { folder })
  log.write('error', 'message', { text: `a\nb\u2028${'x'.repeat(100_000)}` })
  expect(log.tail(5)).toHaveLength(1)
  expect(statSync(log.path).size).toBeLessThan(9000)
})

test('a log that cannot be written is no failure', () => {
  writeFileSync(join(folder, 'file'), '')
  const log = new LogFile('easel-test', { folder: join(folder, 'file') })
  log.write('info', 'event')
  expect(log.tail(1)).toEqual([])
})

test('a call is written down without its words, also where they turn up in an error', async () => {
  const studio = new FakeStudio()
  const log = openShellLog('browser', { folder, hasPrompts: false })
  const { api } = logStudio(studio, log)
  const words = 'my secret holiday on Mars'
  await api.tokenizePrompt({ prompt: words })
  studio.results.set('generate', new StudioError('invalidRequest', `The prompt "${words}" is too long.`))
  await expect(api.generate({ prompt: words })).rejects.toThrow(words)
  studio.results.set('importPicture', {})
  await api.importPicture({ name: 'aunt Emma.png', base64: 'iVBOR' })
  log.log('error', 'aunt Emma.png could not be kept.')
  expect(log.tail(10).map(essence)).toEqual([
    {
      ...{ time: '', pid: 0, ms: 0, level: 'warn', event: 'callFailed', name: 'generate', code: 'invalidRequest' },
      message: 'The prompt "‹hidden›" is too long.',
    },
    { time: '', pid: 0, ms: 0, level: 'info', event: 'call', name: 'importPicture' },
    { time: '', pid: 0, ms: 0, level: 'error', event: 'message', text: '‹hidden› could not be kept.' },
  ])
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  expect(files.join()).not.toMatch(/Mars|Emma/)
})

test('prompts are there when somebody asked for them', async () => {
  const log = openShellLog('browser', { folder, hasPrompts: true })
  const { api } = logStudio(new FakeStudio(), log)
  await api.generate({ prompt: 'a red apple' })
  expect(essence(log.tail(1)[0] ?? '')).toMatchObject({ name: 'generate', payload: '{"prompt":"a red apple"}' })
})

test('the end of a job and of an engine are written down', () => {
  const studio = new FakeStudio()
  const log = openShellLog('browser', { folder })
  logStudio(studio, log)
  const error = { code: 'engineDied', message: 'The engine process ended (signal SIGSEGV).' } as const
  studio.emit({ type: 'engineRestarted', generationId: '01890a5d-ac96-774b-bcce-b302099a8057' as never, error })
  expect(log.tail(5).map(essence)).toEqual([
    {
      ...{ time: '', pid: 0, ms: 0, level: 'warn', event: 'engineRestarted', ...error },
      generationId: '01890a5d-ac96-774b-bcce-b302099a8057',
    },
  ])
})
