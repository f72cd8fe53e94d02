import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

const chunkBytes = 2 ** 20

/**
 * Reads a regular file once, front to back, giving each piece to `take`; a piece is only valid during the call.
 * Symbolic links and special files are refused without being followed. Throws `packInvalid`.
 * @param wanted the size the manifest gives, or the largest one that is allowed
 * @returns the file's sha256 (hexadecimal) and length
 */
export async function readFileOnce(
  path: string,
  wanted: { readonly bytes: number } | { readonly maxBytes: number },
  take: (piece: Uint8Array) => void,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const subject = basename(path)
  const file = await openRegular(path, subject)
  try {
    const bytes = await checkedSize(file, subject, wanted)
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, bytes + 1))
    let total = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.byteLength)
      if (bytesRead === 0) break
      total += bytesRead
      if (total > bytes) throw new StudioError('packInvalid', `${subject}: the file grew while it was read.`)
      const piece = buffer.subarray(0, bytesRead)
      hash.update(piece)
      take(piece)
    }
    if (total !== bytes) throw new StudioError('packInvalid', `${subject}: the file shrank while it was read.`)
    return { sha256: hash.digest('hex'), bytes }
  } finally {
    await file.close()
  }
}

async function openRegular(path: string, subject: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    throw new StudioError('packInvalid', `${subject}: missing, unreadable or a symbolic link.`, { cause })
  }
}

async function checkedSize(
  file: FileHandle,
  subject: string,
  wanted: { readonly bytes: number } | { readonly maxBytes: number },
): Promise<number> {
  const stat = await file.stat()
  if (!stat.isFile()) throw new StudioError('packInvalid', `${subject}: not a regular file.`)
  if ('bytes' in wanted && stat.size !== wanted.bytes) {
    throw new StudioError('packInvalid', `${subject}: ${stat.size} bytes, where pack.json lists ${wanted.bytes}.`)
  }
  if ('maxBytes' in wanted && stat.size > wanted.maxBytes) {
    throw new StudioError('packInvalid', `${subject}: ${stat.size} bytes; at most ${wanted.maxBytes} are allowed.`)
  }
  return stat.size
}
