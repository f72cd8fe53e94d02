import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

export interface WrittenFile {
  readonly sha256: string
  readonly bytes: number
}

/** Writes a new file, hashing on the way, and waits until the disk has it. Rejects when the file exists. */
export async function writeHashed(path: string, chunks: Iterable<Uint8Array>): Promise<WrittenFile> {
  const hash = createHash('sha256')
  const file = await open(path, 'wx')
  let bytes = 0
  try {
    for (const chunk of chunks) {
      hash.update(chunk)
      await file.writeFile(chunk)
      bytes += chunk.byteLength
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return { sha256: hash.digest('hex'), bytes }
}
