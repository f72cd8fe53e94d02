import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

import { extract } from 'tar-stream'

import { checkMemberName, collisionKey } from './member-name.ts'
import { Refusal, refuse } from './refusal.ts'

export interface BundleLimits {
  readonly maxEntries: number
  readonly maxBytes: number
}

/** A bundle of a checkpoint: a few files, some of them large. */
export const bundleLimits: BundleLimits = { maxEntries: 200, maxBytes: 64 * 2 ** 30 }
/** Weights hardly compress; text does, some ten times. */
const maxRatio = 100
/** Bytes between two members: headers, long names, padding. */
const slackBytes = 2 ** 21

/**
 * Unpacks a `.tar.gz` of checkpoint files into `folder`, which must not exist yet. Only plain files and folders; every
 * file is created new, under a flat name of our own making, so nothing can be written elsewhere.
 * @returns the member names and where they were unpacked, in the order of the archive
 * @throws Refusal `tar-entry`, `bomb`, `truncated`
 */
export async function unpackBundle(
  path: string,
  folder: string,
  options: {
    readonly signal?: AbortSignal
    readonly limits?: BundleLimits
    readonly onBytes?: (bytes: number) => void
  } = {},
): Promise<{ name: string; path: string }[]> {
  const limits = options.limits ?? bundleLimits
  const place = basename(path)
  await mkdir(folder, { mode: 0o700 })
  const unpacked: { name: string; path: string }[] = []
  const keys = new Set<string>()
  let total = 0
  const maxBytes = Math.min(limits.maxBytes, maxRatio * (await stat(path)).size + slackBytes)
  const tar = extract()
  // tar-stream holds long-name headers in memory: what no announced member accounts for is bounded here.
  let inflated = 0
  const guard = new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      inflated += chunk.length
      const isTooMuch = inflated > total + keys.size * 1024 + slackBytes
      done(isTooMuch ? new Refusal('bomb', place, 'it inflates to more than its members declare') : null, chunk)
    },
  })
  const input = createReadStream(path, { highWaterMark: 2 ** 18 })
  const flow = pipeline(input, createGunzip(), guard, tar, { signal: options.signal })
  // Without a listener of its own a failure that comes while an entry is handled would be unhandled.
  flow.catch(() => undefined)
  try {
    for await (const entry of tar) {
      const { name, type, size } = entry.header
      if (keys.size >= limits.maxEntries) refuse('limit', place, `more than ${limits.maxEntries} members`)
      const clean = name.replace(/^(\.\/)+/, '')
      if (type === 'directory') {
        if (clean !== '') checkMemberName(clean, place, 'tar-entry')
        keys.add(`/${keys.size}`)
        entry.resume()
        continue
      }
      if (type !== 'file' && type !== 'contiguous-file')
        refuse('tar-entry', place, `${JSON.stringify(name.slice(0, 80))} is a ${String(type)}; only files are allowed`)
      checkMemberName(clean, place, 'tar-entry')
      // A size that is no number is null here, and such an entry would never end.
      if (!Number.isSafeInteger(size) || size === undefined || size < 0)
        return refuse('tar-entry', place, `${clean} has no size`)
      const key = collisionKey(clean)
      if (keys.has(key)) refuse('tar-entry', place, `two members are called ${clean}`)
      keys.add(key)
      total += size
      if (!(total <= maxBytes)) refuse('bomb', place, `it unpacks to more than ${maxBytes} bytes`)
      const target = join(folder, `${unpacked.length}`)
      await writeEntry(entry as AsyncIterable<Uint8Array>, target, options)
      unpacked.push({ name: clean, path: target })
    }
    await flow
  } catch (error) {
    tar.destroy()
    if (options.signal?.aborted === true || error instanceof Refusal) throw error
    throw new Refusal('truncated', place, `the archive is damaged: ${(error as Error).message}`, { cause: error })
  }
  return unpacked
}

async function writeEntry(
  entry: AsyncIterable<Uint8Array>,
  target: string,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void },
): Promise<void> {
  const meter = new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      options.onBytes?.(chunk.length)
      done(null, chunk)
    },
  })
  await pipeline(entry, meter, createWriteStream(target, { flags: 'wx', mode: 0o600 }), { signal: options.signal })
}
