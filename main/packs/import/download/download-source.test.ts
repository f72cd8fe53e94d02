import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { downloadSource, findSource } from './download-source.ts'
import type { KnownSource } from './known-sources.ts'

let folder: string
let server: Server
let asked: string[]
let mirror: string

const contentOf = (path: string): string => `the content of ${path}`
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-source-'))
  asked = []
  server = createServer(({ url = '' }, response) => {
    asked.push(url)
    if (url.includes('missing')) response.writeHead(404).end()
    else if (url.includes('elsewhere')) response.writeHead(302, { location: 'ftp://example.org/x' }).end()
    else response.end(contentOf(url))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/get`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await rm(folder, { recursive: true })
})

const source = (...names: string[]): KnownSource => ({
  ...{ id: 'small', title: 'Small', family: 'min-dall-e', licence: 'MIT' },
  files: names.map((name) => ({
    ...{ name, url: `https://example.org/models/${name}`, bytes: null },
    sha256: sha256(contentOf(`/get/example.org/models/${name}`)),
  })),
})

test('fetches every file of a source through the mirror, and none of them twice', async () => {
  const begun: string[] = []
  const onFile = ({ name }: { name: string }): number => begun.push(name)
  const first = await downloadSource(source('a.pt', 'b.json'), folder, { mirror, onFile })
  expect(first.map(({ name, wasThere }) => [name, wasThere])).toEqual([
    ['a.pt', false],
    ['b.json', false],
  ])
  expect(asked).toEqual(['/get/example.org/models/a.pt', '/get/example.org/models/b.json'])
  expect(await readFile(join(folder, 'a.pt'), 'utf8')).toBe(contentOf('/get/example.org/models/a.pt'))
  await writeFile(join(folder, 'b.json'), 'something else')
  const again = await downloadSource(source('a.pt', 'b.json'), folder, { mirror, onFile })
  expect(again.map(({ wasThere }) => wasThere)).toEqual([true, false])
  expect([asked.length, begun]).toEqual([3, ['a.pt', 'b.json', 'b.json']])
  expect(again.map((file) => file.sha256)).toEqual(first.map((file) => file.sha256))
})

test('keeps the files that came before one that the server lacks', async () => {
  await expect(downloadSource(source('a.pt', 'missing.pt'), folder, { mirror })).rejects.toMatchObject({
    code: 'notFound',
  })
  expect(await readdir(folder)).toEqual(['a.pt'])
})

test('is not led to another kind of address', async () => {
  await expect(downloadSource(source('elsewhere.pt'), folder, { mirror })).rejects.toMatchObject({ code: 'notFound' })
  expect(await readdir(folder)).toEqual([])
})

test('names the known sources', () => {
  expect(findSource('min-dall-e').licence).toContain('CC-BY-NC-SA')
  expect(() => findSource('nothing')).toThrow(/dalle-mini, dalle-mega, min-dall-e/)
})
