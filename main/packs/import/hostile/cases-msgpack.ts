import { encode, ExtData } from '@msgpack/msgpack'

import type { HostileCase } from './hostile-case.ts'

/** What flax writes for an array: extension 1 around a triple. */
function array(shape: unknown, dtype: unknown, bytes: Uint8Array): ExtData {
  return new ExtData(1, encode([shape, dtype, bytes]))
}

const good = array([4], 'float32', new Uint8Array(16))

function flaxCase(name: string, rule: HostileCase['rule'], bytes: () => Uint8Array): HostileCase {
  return { name: `msgpack: ${name}`, fileName: 'flax_model.msgpack', rule, bytes }
}

const raw = (...values: number[]): Uint8Array => Uint8Array.from(values)
const nested = (depth: number): unknown => (depth === 0 ? good : { a: nested(depth - 1) })
const chunked = (rest: Record<string, unknown>): Uint8Array =>
  encode({ w: { __msgpack_chunked_array__: true, ...rest } })

export const msgpackCases: readonly HostileCase[] = [
  flaxCase('nesting of 60', 'limit', () => encode(nested(60))),
  flaxCase('a map of 4 billion', 'truncated', () => raw(0xdf, 255, 255, 255, 255)),
  flaxCase('an array of 4 billion in a map', 'truncated', () => raw(0x81, 0xa1, 97, 0xdd, 255, 255, 255, 255)),
  flaxCase('bytes of 4 GB that are not there', 'truncated', () => raw(0x81, 0xa1, 97, 0xc6, 255, 255, 255, 255)),
  flaxCase('an extension of 4 GB that is not there', 'truncated', () =>
    raw(0x81, 0xa1, 97, 0xc9, 255, 255, 255, 255, 1),
  ),
  flaxCase('a text of 1 MB as a key', 'limit', () => encode({ ['a'.repeat(2 ** 20)]: good })),
  flaxCase('the byte that begins nothing', 'header', () => raw(0x81, 0xa1, 97, 0xc1)),
  flaxCase('a numeric key', 'header', () => raw(0x81, 0x01, 0x01, 0x00)),
  flaxCase('400 000 values', 'limit', () => encode({ w: good, x: Array<number>(400_000).fill(0) })),
  flaxCase('bytes after the root', 'trailing-bytes', () => Buffer.concat([encode({ w: good }), raw(0x80)])),
  flaxCase('no arrays', 'format-unknown', () => encode({ w: 1 })),
  flaxCase('a key twice', 'tensor-name', () =>
    Buffer.concat([raw(0x82), encode('w'), encode(good), encode('w'), encode(good)]),
  ),
  flaxCase('an array that is no triple', 'header', () => encode({ w: new ExtData(1, encode([1])) })),
  flaxCase('an empty extension', 'truncated', () => encode({ w: new ExtData(1, new Uint8Array(0)) })),
  flaxCase('a type that is code', 'dtype', () => encode({ w: array([4], 'object', new Uint8Array(16)) })),
  flaxCase('a type called constructor', 'dtype', () => encode({ w: array([4], 'constructor', new Uint8Array(16)) })),
  flaxCase('a negative size', 'header', () => encode({ w: array([-4], 'float32', new Uint8Array(16)) })),
  flaxCase('a shape that overflows', 'header', () =>
    encode({ w: array([2 ** 31, 2 ** 31], 'float32', new Uint8Array(16)) }),
  ),
  flaxCase('a size that is not its shape', 'storage-size', () =>
    encode({ w: array([2 ** 30], 'float32', new Uint8Array(16)) }),
  ),
  flaxCase('rank 40', 'header', () => encode({ w: array(Array(40).fill(1), 'float32', new Uint8Array(4)) })),
  flaxCase('chunks that do not fill their shape', 'header', () => chunked({ shape: { 0: 8 }, chunks: { 0: good } })),
  flaxCase('chunks without a shape', 'header', () => chunked({ chunks: { 0: good } })),
  flaxCase('chunks of two types', 'header', () =>
    chunked({ shape: { 0: 8 }, chunks: { 0: good, 1: array([4], 'int32', new Uint8Array(16)) } }),
  ),
  flaxCase('a chunk that is no array', 'header', () => chunked({ shape: { 0: 4 }, chunks: { 0: 1 } })),
]
