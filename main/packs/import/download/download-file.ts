import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

import { refuse } from '../readers/refusal.ts'

import type { SourceFile } from './known-sources.ts'

export interface DownloadOptions {
  /** Prefix of a mirror: `https://mirror.example/get` fetches `https://mirror.example/get/<host>/<path>`. */
  readonly mirror?: string
  readonly signal?: AbortSignal
  /** Bytes that are here, of how many (null while unknown). */
  readonly onProgress?: (done: number, total: number | null) => void
  /** Longest file that is accepted. Default 64 GiB. */
  readonly maxBytes?: number
}

/** What is kept beside a partial download, so that two versions of a file are never joined. */
interface PartState {
  readonly url: string
  /** ETag or Last-Modified of the answer the part comes from. */
  readonly validator: string | null
}

const defaultMaxBytes = 64 * 2 ** 30

/**
 * Fetches a file to `target`. What an interrupted attempt left in `target.part` is gone on with, if the server still has the
 * same file; the published checksum, where there is one, is checked before the file gets its name.
 * @returns the file's sha256
 * @throws Refusal `checksum`, `limit` or `truncated`; StudioError `notFound` when the server does not have it, `notAllowed`
 *   for an address that is neither https nor this machine; the signal's reason when aborted
 */
export async function downloadFile(file: SourceFile, target: string, options: DownloadOptions = {}): Promise<string> {
  const url = addressOf(file.url, options.mirror)
  const part = `${target}.part`
  await mkdir(dirname(target), { recursive: true })
  const start = await resumableBytes(part, url)
  const response = await request(url, start, part, options.signal)
  const isResumed = response.status === 206
  if (response.status === 416) await rm(part, { force: true })
  if (response.status === 416) return downloadFile(file, target, options)
  if (!response.ok || response.body === null)
    throw new StudioError(
      'notFound',
      `${url.host} answered ${response.status} ${response.statusText} for ${file.name}.`,
    )
  const first = isResumed ? start : 0
  const total = totalBytes(response, first)
  const maxBytes = options.maxBytes ?? defaultMaxBytes
  if (total !== null && total > maxBytes) refuse('limit', file.name, `${total} bytes, allowed are ${maxBytes}`)
  const state: PartState = { url: url.href, validator: validatorOf(response) }
  await writeFile(`${part}.json`, JSON.stringify(state))
  const done = await receive(response.body, part, first, maxBytes, file.name, (bytes) =>
    options.onProgress?.(bytes, total),
  )
  if (total !== null && done !== total)
    refuse('truncated', file.name, `the connection ended after ${done} of ${total} bytes; try again to go on`)
  const hashes = await hashesOf(part, options.signal)
  const isGood = (file.sha256 ?? hashes.sha256) === hashes.sha256 && (file.md5 ?? hashes.md5) === hashes.md5
  await rm(`${part}.json`, { force: true })
  if (!isGood) {
    await rm(part)
    refuse('checksum', file.name, `its ${file.sha256 === undefined ? 'md5' : 'sha256'} is not the published one`)
  }
  await rename(part, target)
  return hashes.sha256
}

function addressOf(address: string, mirror: string | undefined): URL {
  const original = new URL(address)
  const url =
    mirror === undefined || mirror === ''
      ? original
      : new URL(`${mirror.replace(/\/+$/, '')}/${original.host}${original.pathname}`)
  return checkedAddress(url)
}

function checkedAddress(url: URL): URL {
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback))
    throw new StudioError('notAllowed', `${url.href} is neither https nor on this machine.`)
  return url
}

/** Length of the part that can be gone on with; 0 begins anew. */
async function resumableBytes(part: string, url: URL): Promise<number> {
  try {
    const state = JSON.parse(await readFile(`${part}.json`, 'utf8')) as Partial<PartState>
    return state.url === url.href && typeof state.validator === 'string' ? (await stat(part)).size : 0
  } catch {
    return 0
  }
}

async function request(url: URL, start: number, part: string, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (start > 0) {
    const { validator } = JSON.parse(await readFile(`${part}.json`, 'utf8')) as PartState
    headers['range'] = `bytes=${start}-`
    // The server sends the whole file when it is not the same any more.
    headers['if-range'] = validator ?? ''
  }
  try {
    const response = await fetch(url, { headers, signal })
    // Publishers send one on to their stores; what holds for the address holds for where it leads.
    checkedAddress(new URL(response.url))
    return response
  } catch (cause) {
    if (signal?.aborted === true || cause instanceof StudioError) throw cause
    throw new StudioError('notFound', `${url.host} cannot be reached.`, { cause })
  }
}

function validatorOf({ headers }: Response): string | null {
  const tag = headers.get('etag')
  // A weak tag does not promise the same bytes.
  return tag !== null && !tag.startsWith('W/') ? tag : headers.get('last-modified')
}

function totalBytes({ headers, status }: Response, first: number): number | null {
  if (status === 206) {
    const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '')
    if (match === null || Number(match[1]) !== first)
      return refuse('truncated', 'download', `the server sent another part than the one asked for`)
    return Number(match[2])
  }
  const length = headers.get('content-length')
  return length === null ? null : Number(length)
}

/** Writes the answer behind the first `start` bytes of `part`. @returns the length of the part */
async function receive(
  body: ReadableStream<Uint8Array>,
  part: string,
  start: number,
  maxBytes: number,
  name: string,
  onBytes: (done: number) => void,
): Promise<number> {
  const handle = await open(part, start === 0 ? 'w' : 'r+', 0o600)
  let done = start
  try {
    for await (const chunk of body) {
      if (done + chunk.length > maxBytes) refuse('limit', name, `more than ${maxBytes} bytes`)
      await handle.write(chunk, 0, chunk.length, done)
      done += chunk.length
      onBytes(done)
    }
  } catch (error) {
    // A connection that breaks off is no reason to lose what came.
    if (!(error instanceof TypeError)) throw error
  } finally {
    await handle.sync()
    await handle.close()
  }
  return done
}

/** Both checksums of a file, read once. */
export async function hashesOf(path: string, signal?: AbortSignal): Promise<{ sha256: string; md5: string }> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')]
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal })) {
    sha256.update(chunk as Uint8Array)
    md5.update(chunk as Uint8Array)
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex') }
}
