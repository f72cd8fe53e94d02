import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { FakeElectron } from './testing/fake-electron.ts'
import { checkForUpdate } from './updates.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-updates-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const feed = 'https://example.org/easel.json'
const page = 'https://github.com/easel/easel/releases'

async function check(settings: unknown, answer: unknown, pressedButton = 0) {
  const electron = new FakeElectron(folder)
  electron.pressedButton = pressedButton
  const settingsFile = join(folder, 'settings.json')
  if (settings !== undefined) writeFileSync(settingsFile, JSON.stringify(settings))
  const asked: unknown[] = []
  const fetch = (url: unknown): Promise<Response> => {
    asked.push(url)
    return Promise.resolve(new Response(JSON.stringify(answer)))
  }
  const found = await checkForUpdate(electron.module, { settingsFile, currentVersion: '0.9.0', fetch: fetch })
  return { found, asked, messages: electron.messages, opened: electron.opened }
}

test.each([undefined, {}, { updateFeed: true }, { updateFeed: 'http://example.org/x' }, { updateFeed: 'file:///x' }])(
  'with the settings %j nothing is asked',
  async (settings) => {
    expect(await check(settings, {})).toEqual({ found: 'off', asked: [], messages: [], opened: [] })
  },
)

test('a newer version is told, and its page opened only when asked for', async () => {
  const told = { found: 'newer', asked: [feed], messages: ['Easel 0.10.0 is there; this is 0.9.0.'] }
  const newer = { version: '0.10.0', page }
  expect(await check({ updateFeed: feed }, newer)).toEqual({ ...told, opened: [] })
  expect(await check({ updateFeed: feed }, newer, 1)).toEqual({ ...told, opened: [page] })
})

test.each([
  ['current', { version: '0.9.0', page }],
  ['current', { version: '0.8.11', page }],
  ['failed', { version: '1.0.0', page: 'https://evil.example/easel' }],
  ['failed', { version: '1.0.0<script>', page }],
  ['failed', 'x'.repeat(20_000)],
])('%s: nothing is said of %j', async (found, answer) => {
  expect(await check({ updateFeed: feed }, answer, 1)).toEqual({ found, asked: [feed], messages: [], opened: [] })
})
