import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { PackManifest } from '#app/domain/pack.ts'

/** Reads a file once and checks the very bytes that are used against pack.json. */
export async function readVerified(
  folder: string,
  fileName: string,
  manifest: Pick<PackManifest, 'id' | 'files'>,
): Promise<Uint8Array> {
  const expected = manifest.files[fileName]
  if (expected === undefined) throw new StudioError('packInvalid', `pack.json does not list ${fileName}.`)
  const file = await open(join(folder, fileName), 'r').catch((cause: unknown) => {
    throw new StudioError('packInvalid', `${fileName} of the pack "${manifest.id}" cannot be read.`, { cause })
  })
  try {
    const { size } = await file.stat()
    if (size !== expected.bytes) {
      throw new StudioError('packInvalid', `${fileName} has ${size} bytes, pack.json says ${expected.bytes}.`)
    }
    const { bytes, sha256 } = await readHashed(file, size)
    if (sha256 !== expected.sha256) {
      throw new StudioError('packInvalid', `${fileName} is damaged: its sha256 is not the one in pack.json.`)
    }
    return bytes
  } finally {
    await file.close()
  }
}

/** In pieces: neither a read nor a hash takes more than 2 GiB at once. */
async function readHashed(file: FileHandle, size: number): Promise<{ bytes: Uint8Array; sha256: string }> {
  const bytes = Buffer.allocUnsafeSlow(size)
  const hash = createHash('sha256')
  let at = 0
  while (at < size) {
    const { bytesRead } = await file.read(bytes, at, Math.min(2 ** 26, size - at), at)
    if (bytesRead === 0) break
    hash.update(bytes.subarray(at, at + bytesRead))
    at += bytesRead
  }
  return { bytes: bytes.subarray(0, at), sha256: hash.digest('hex') }
}
