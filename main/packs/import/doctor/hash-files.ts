import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** sha256 of each file, by name (of two with one name, by folder and name), read once from beginning to end. @param onBytes called with all bytes read so far and in all */
export async function hashFiles(
  paths: readonly string[],
  options: { readonly signal?: AbortSignal; readonly onBytes?: (done: number, total: number) => void } = {},
): Promise<Record<string, string>> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const hashes: Record<string, string> = {}
  let done = 0
  for (const path of paths) {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal: options.signal })) {
      hash.update(chunk as Uint8Array)
      done += (chunk as Uint8Array).length
      options.onBytes?.(done, total)
    }
    const name = basename(path)
    const isUnique = paths.filter((other) => basename(other) === name).length === 1
    hashes[isUnique ? name : join(basename(dirname(path)), name)] = hash.digest('hex')
  }
  return hashes
}
