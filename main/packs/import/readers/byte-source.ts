import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'

import { refuse } from './refusal.ts'

/** Bytes that are read by position, so that a checkpoint of several gigabytes never has to be in memory. */
export interface ByteSource {
  /** What messages call it: the file name, with the member name where there is one. */
  readonly name: string
  readonly size: number
  /** @throws Refusal `truncated` when the range leaves the source. */
  read(offset: number, length: number): Uint8Array
  /** Like `read`, into memory of the caller: `target.length` bytes. */
  readInto(offset: number, target: Uint8Array): void
  close(): void
}

export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  const read = (offset: number, length: number): Uint8Array => {
    checkRange(name, bytes.length, offset, length)
    return bytes.subarray(offset, offset + length)
  }
  return {
    name,
    size: bytes.length,
    read,
    readInto: (offset, target) => target.set(read(offset, target.length)),
    close: () => undefined,
  }
}

/** Opens a regular file for positional reads. Errors of the file system (`ENOENT`, `EACCES`) pass through. */
export function fileSource(path: string): ByteSource {
  const descriptor = openSync(path, 'r')
  const name = basename(path)
  const stat = fstatSync(descriptor)
  if (!stat.isFile()) {
    closeSync(descriptor)
    return refuse('format-unknown', name, 'it is not a regular file')
  }
  let isOpen = true
  const readInto = (offset: number, target: Uint8Array): void => {
    checkRange(name, stat.size, offset, target.length)
    for (let done = 0; done < target.length;) {
      const count = readSync(descriptor, target, done, Math.min(target.length - done, 2 ** 28), offset + done)
      if (count === 0) refuse('truncated', name, `the file became shorter than ${stat.size} bytes while it was read`)
      done += count
    }
  }
  return {
    name,
    size: stat.size,
    read: (offset, length) => {
      checkRange(name, stat.size, offset, length)
      const target = new Uint8Array(length)
      readInto(offset, target)
      return target
    },
    readInto,
    close: () => {
      if (isOpen) closeSync(descriptor)
      isOpen = false
    },
  }
}

/** A window onto another source; closing it leaves the other open. */
export function sliceSource(parent: ByteSource, name: string, start: number, size: number): ByteSource {
  checkRange(parent.name, parent.size, start, size)
  const at = (offset: number, length: number): number => {
    checkRange(name, size, offset, length)
    return start + offset
  }
  return {
    name,
    size,
    read: (offset, length) => parent.read(at(offset, length), length),
    readInto: (offset, target) => parent.readInto(at(offset, target.length), target),
    close: () => undefined,
  }
}

function checkRange(name: string, size: number, offset: number, length: number): void {
  const isInside =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  if (!isInside) refuse('truncated', name, `${length} bytes at ${offset} are outside its ${size} bytes`)
}
