import type { ByteSource } from './byte-source.ts'
import { refuse } from './refusal.ts'

export const fileFormats = ['zip', 'torch-legacy', 'safetensors', 'msgpack', 'gzip', 'json', 'text', 'onnx'] as const
export type FileFormat = (typeof fileFormats)[number]

/**
 * What a file is, by its first bytes only: names and extensions lie (a pickle called `.safetensors` has been run by
 * other programs). Every reader then checks the whole format; there is no second guess.
 */
export function detectFormat(source: ByteSource): FileFormat {
  const head = source.read(0, Math.min(512, source.size))
  const at = (index: number): number => head[index] ?? -1
  if (head.length < 4) return refuse('format-unknown', source.name, `it has only ${head.length} bytes`)
  if (at(0) === 0x50 && at(1) === 0x4b) {
    if (at(2) === 3 && at(3) === 4) return 'zip'
    return refuse('zip-structure', source.name, 'a zip archive that does not begin with a member')
  }
  if (at(0) === 0x1f && at(1) === 0x8b) return 'gzip'
  if (at(0) === 0x80 && at(1) >= 1 && at(1) <= 5) return 'torch-legacy'
  if (Buffer.from(head.subarray(257, 262)).toString('latin1') === 'ustar')
    return refuse(
      'format-unsafe',
      source.name,
      'a bare tar archive; torch wrote those before 0.2 and bundles are tar.gz',
    )
  if (Buffer.from(head.subarray(0, 6)).toString('latin1') === '\x89HDF\r\n')
    return refuse('format-unknown', source.name, 'an HDF5 file')
  // A safetensors header length has zero high bytes and is followed by the header's brace.
  if (at(8) === 0x7b && at(5) === 0 && at(6) === 0 && at(7) === 0) return 'safetensors'
  if (at(0) === 0x08 && at(1) <= 16 && (at(2) === 0x12 || at(2) === 0x3a || at(2) === 0x1a)) return 'onnx'
  if (at(0) === 0xde || at(0) === 0xdf || (at(0) >= 0x81 && at(0) <= 0x8f)) return 'msgpack'
  if (isText(head)) return at(0) === 0x7b || at(0) === 0x5b ? 'json' : 'text'
  return refuse('format-unknown', source.name, 'no reader knows its first bytes')
}

function isText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)
}
