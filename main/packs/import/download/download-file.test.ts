import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { downloadFile } from './download-file.ts'
import { knownSources } from './known-sources.ts'

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251))
const sha256 = createHash('sha256').update(content).digest('hex')
const md5 = createHash('md5').update(content).digest('hex')

describe('downloadFile', () => {
  let folder: string
  let server: Server
  let base: string
  let asked: string[]
  /** What the server does; each test sets it. */
  let answer: (request: IncomingMessage, response: ServerResponse) => void

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-download-'))
    asked = []
    answer = serve(content, '"one"')
    server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.range ?? 'all'}`)
      answer(request, response)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    await rm(folder, { recursive: true })
  })

  const file = (more: { sha256?: string; md5?: string } = { sha256 }) => ({
    name: 'model.pt',
    url: `${base}/models/model.pt`,
    bytes: null,
    ...more,
  })
  const target = (): string => join(folder, 'model.pt')

  /** A server with ranges, as they should be. */
  function serve(bytes: Buffer, etag: string) {
    return (request: IncomingMessage, response: ServerResponse): void => {
      const match = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
      const start = match !== null && request.headers['if-range'] === etag ? Number(match[1]) : 0
      if (start >= bytes.length) return void response.writeHead(416).end()
      const headers = { etag, 'content-length': bytes.length - start }
      if (start > 0)
        response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` })
      else response.writeHead(200, headers)
      response.end(bytes.subarray(start))
    }
  }

  /** Fetches from a server that sends 100 000 bytes and breaks the connection as soon as they have arrived. */
  async function breakDownload(etag: string): Promise<void> {
    let connection: ServerResponse | undefined
    answer = (_, response) => {
      connection = response.writeHead(200, { etag, 'content-length': content.length })
      response.write(content.subarray(0, 100_000))
    }
    const onProgress = (done: number): void => {
      if (done === 100_000) connection?.destroy()
    }
    await expect(downloadFile(file(), target(), { onProgress })).rejects.toMatchObject({ rule: 'truncated' })
  }

  it('fetches, verifies and names a file', async () => {
    const progress: (number | null)[] = []
    const hash = await downloadFile(file(), target(), { onProgress: (done, total) => progress.push(done, total) })
    expect(hash).toBe(sha256)
    expect(await readFile(target())).toEqual(content)
    expect(progress.slice(-2)).toEqual([content.length, content.length])
    expect(await readdir(folder)).toEqual(['model.pt'])
  })

  it('goes on after a broken connection, with the rest only', async () => {
    await breakDownload('"one"')
    answer = serve(content, '"one"')
    expect(await downloadFile(file({ md5 }), target())).toBe(sha256)
    expect(asked).toEqual(['/models/model.pt all', '/models/model.pt bytes=100000-'])
  })

  it('begins anew when the file has changed meanwhile', async () => {
    await breakDownload('"old"')
    answer = serve(content, '"new"')
    expect(await downloadFile(file(), target())).toBe(sha256)
  })

  it('begins anew when the part is longer than the file', async () => {
    await writeFile(`${target()}.part`, Buffer.alloc(400_000))
    await writeFile(`${target()}.part.json`, JSON.stringify({ url: file().url, validator: '"one"' }))
    expect(await downloadFile(file(), target())).toBe(sha256)
    expect(asked).toHaveLength(2)
  })

  it('throws a file away whose checksum is not the published one', async () => {
    await expect(downloadFile(file({ sha256: '0'.repeat(64) }), target())).rejects.toMatchObject({ rule: 'checksum' })
    await expect(downloadFile(file({ md5: '0'.repeat(32) }), target())).rejects.toMatchObject({ rule: 'checksum' })
    expect(await readdir(folder)).toEqual([])
  })

  it('refuses more bytes than allowed, announced or not', async () => {
    await expect(downloadFile(file(), target(), { maxBytes: 1000 })).rejects.toMatchObject({ rule: 'limit' })
    answer = (_, response) => void response.writeHead(200).end(content)
    await expect(downloadFile(file(), target(), { maxBytes: 1000 })).rejects.toMatchObject({ rule: 'limit' })
  })

  it('goes to a mirror, and nowhere without https', async () => {
    const published = { ...file(), url: 'https://huggingface.co/kuprel/min-dalle/resolve/main/model.pt' }
    await downloadFile(published, target(), { mirror: `${base}/get/` })
    expect(asked).toEqual(['/get/huggingface.co/kuprel/min-dalle/resolve/main/model.pt all'])
    const insecure = { ...file(), url: 'http://example.org/model.pt' }
    await expect(downloadFile(insecure, target())).rejects.toMatchObject({ code: 'notAllowed' })
  })

  it('says when there is no such file', async () => {
    answer = (_, response) => void response.writeHead(404).end()
    await expect(downloadFile(file(), target())).rejects.toMatchObject({ code: 'notFound' })
  })

  it('stops when it is aborted, and keeps what it has', async () => {
    const controller = new AbortController()
    answer = (_, response) => {
      response.writeHead(200, { etag: '"one"', 'content-length': content.length })
      response.write(content.subarray(0, 100_000))
    }
    const onProgress = (done: number): void => {
      if (done === 100_000) controller.abort()
    }
    await expect(downloadFile(file(), target(), { signal: controller.signal, onProgress })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect((await readFile(`${target()}.part`)).length).toBe(100_000)
  })
})

describe('knownSources', () => {
  it('are https, with distinct ids, file names and whole checksums', () => {
    expect(new Set(knownSources.map(({ id }) => id)).size).toBe(knownSources.length)
    for (const { files } of knownSources) {
      expect(new Set(files.map(({ name }) => name)).size).toBe(files.length)
      for (const file of files) {
        expect(new URL(file.url).protocol).toBe('https:')
        expect(file.sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/)
        expect(file.md5 ?? '0'.repeat(32)).toMatch(/^[0-9a-f]{32}$/)
      }
    }
  })
})
