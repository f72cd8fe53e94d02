import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFakeCli } from './testing/run-on-fakes.ts'

let folder: string
let server: Server
let asked: string[]
let mirror: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-fetch-'))
  asked = []
  server = createServer(({ url = '' }, response) => {
    asked.push(url)
    response.end('not really a pickle')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await rm(folder, { recursive: true })
})

test('lists what is known, with licence and size, and asks nobody', async () => {
  const { exitCode, stdout } = await createFakeCli().run('fetch')
  expect([exitCode, asked]).toEqual([0, []])
  expect(stdout).toMatch(/min-dall-e +not known +1 +CC-BY-NC-SA-4\.0 \(weights\): not for commercial use +minDALL-E/)
  const { sources } = JSON.parse((await createFakeCli().run('fetch', '--json')).stdout) as { sources: { id: string }[] }
  expect(sources.map(({ id }) => id)).toContain('clip-vit-b-32-onnx')
})

test('fetches a source through a mirror and says how to go on', async () => {
  const into = join(folder, 'dvae')
  const run = await createFakeCli().run('fetch', 'openai-dvae', '--into', into, '--mirror', mirror, '--json')
  const { source, files } = JSON.parse(run.stdout) as { source: string; files: { path: string }[] }
  expect([run.exitCode, source, files.map(({ path }) => path)]).toEqual([
    0,
    'openai-dvae',
    ['encoder.pkl', 'decoder.pkl'].map((name) => join(into, name)),
  ])
  expect(asked).toEqual(['/cdn.openai.com/dall-e/encoder.pkl', '/cdn.openai.com/dall-e/decoder.pkl'])
  expect(await readdir(into)).toEqual(['decoder.pkl', 'encoder.pkl'])
  expect(run.stderr).toContain('Licence: MIT (modified).')
  expect(run.stderr).toContain(`easel import "${join(into, 'encoder.pkl')}"`)
})

test('throws away what is not what was published', async () => {
  const into = join(folder, 'clip')
  const { exitCode, stderr } = await createFakeCli().run('fetch', 'clip-vit-b-32', '--into', into, '--mirror', mirror)
  expect([exitCode, await readdir(into)]).toEqual([1, []])
  expect(stderr).toContain('its sha256 is not the published one')
})

test('names the sources when there is no such one', async () => {
  const { exitCode, stderr } = await createFakeCli().run('fetch', 'nothing')
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('there are: dalle-mini,')])
})
