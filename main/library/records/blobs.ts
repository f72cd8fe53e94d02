import { endianness } from 'node:os'
import { crc32 } from 'node:zlib'

import { StudioError } from '#app/contract/errors.ts'

// Blobs are little-endian on disk; typed arrays are what the machine is. Easel runs on little-endian machines only.
if (endianness() !== 'LE') throw new StudioError('internal', 'The library needs a little-endian machine.')

export function toBlob(array: Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/** Copies: a blob need not be aligned, and a `Buffer` may be part of a shared pool. */
export function toUint16(blob: Uint8Array): Uint16Array {
  return new Uint16Array(new Uint8Array(blob).buffer, 0, blob.byteLength >> 1)
}

export function toFloat32(blob: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(blob).buffer, 0, blob.byteLength >> 2)
}

/** CRC-32 of arrays as they are stored, one after another: what the scrub checks where no PNG repeats the values. */
export function checksumOf(...arrays: readonly (Uint16Array | Float32Array)[]): number {
  return arrays.reduce((sum, array) => crc32(toBlob(array), sum), 0)
}
