import { expect, test } from 'vitest'

import { tensor, type Tensor } from '../onnx/tensor.ts'

import { parseSafetensors } from './read.ts'
import { safetensorsChunks } from './write.ts'

const tensors = new Map<string, Tensor>([
  ['weight', tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
  ['ids', tensor('int64', [2], BigInt64Array.of(7n, -8n))],
  ['scalar', tensor('float32', [], Float32Array.of(9))],
  ['empty', tensor('uint8', [0, 4], new Uint8Array(0))],
])

function file(header: string, data = new Uint8Array(0)): Uint8Array {
  const json = Buffer.from(header)
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.byteLength))
  return Buffer.concat([prefix, json, data])
}

const refusal = (bytes: Uint8Array) => () => parseSafetensors(bytes, 'x.safetensors')

test('what is written reads back', () => {
  const bytes = Buffer.concat(safetensorsChunks(tensors))
  const read = parseSafetensors(bytes, 'x.safetensors')
  const plain = (map: ReadonlyMap<string, Tensor>) =>
    [...map].map(([name, { type, dims, bytes: content }]) => [name, type, dims, [...content]])
  expect(plain(read)).toEqual(plain(tensors))
})

const entry = (begin: number, end: number, shape = `[${(end - begin) / 4}]`) =>
  `{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`

test.each([
  ['too short', Buffer.alloc(7), 'shorter than the 8 bytes'],
  ['huge header', Buffer.from('ffffffffffffff7f7b7d', 'hex'), 'a header of 9223372036854775807 bytes'],
  ['header past the end', Buffer.from('03000000000000007b7d', 'hex'), 'past the end of the file'],
  ['not an object', file('[]'), 'does not start with "{"'],
  ['leading space', file(' {}'), 'does not start with "{"'],
  ['not JSON', file('{"a":}'), 'not valid JSON'],
  ['not UTF-8', Buffer.concat([file('{"a":"'), Buffer.of(0xff)]), 'not valid'],
  ['nested', file('{"a":{"b":[[[[1]]]]}}'), 'nested deeper than 4 levels'],
  ['key twice', file(`{"a":${entry(0, 4)},"a":${entry(0, 4)}}`, Buffer.alloc(4)), 'names a key twice'],
  ['escaped key twice', file(`{"a":${entry(0, 4)},"\\u0061":${entry(0, 4)}}`, Buffer.alloc(4)), 'a key twice'],
  ['unknown field', file('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}', Buffer.alloc(4)), '"x"'],
  ['unknown type', file('{"a":{"dtype":"F8","shape":[4],"data_offsets":[0,4]}}', Buffer.alloc(4)), 'dtype'],
  ['negative dim', file(`{"a":${entry(0, 4, '[-1]')}}`, Buffer.alloc(4)), 'shape'],
  ['unsafe integer', file(`{"a":${entry(0, 4, '[9007199254740993]')}}`, Buffer.alloc(4)), 'shape'],
  ['overflowing shape', file(`{"a":${entry(0, 4, '[4294967296,4294967296,1]')}}`, Buffer.alloc(4)), '4 bytes for F32'],
  ['rank 9', file(`{"a":${entry(0, 4, '[1,1,1,1,1,1,1,1,1]')}}`, Buffer.alloc(4)), 'shape'],
  ['wrong size', file(`{"a":${entry(0, 8, '[1]')}}`, Buffer.alloc(8)), '8 bytes for F32 of shape [1]'],
  ['hole', file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, Buffer.alloc(12)), 'a hole or an overlap'],
  ['overlap', file(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, Buffer.alloc(12)), 'a hole or an overlap'],
  ['trailing bytes', file(`{"a":${entry(0, 4)}}`, Buffer.alloc(5)), 'the file at'],
  ['truncated', file(`{"a":${entry(0, 4)}}`, Buffer.alloc(3)), 'the file at'],
  ['metadata not text', file('{"__metadata__":{"a":1}}'), '__metadata__'],
  ['long name', file(`{"${'n'.repeat(513)}":${entry(0, 4)}}`, Buffer.alloc(4)), 'longer than 512 bytes'],
])('refused: %s', (_, bytes, message) => {
  expect(refusal(bytes)).toThrow(
    expect.objectContaining({ code: 'packInvalid', message: expect.stringContaining(message) }),
  )
})

test('keys of the prototype are names like others', () => {
  const bytes = file(`{"__proto__":${entry(0, 4)},"constructor":${entry(4, 8)}}`, Buffer.alloc(8))
  expect([...parseSafetensors(bytes, 'x').keys()]).toEqual(['__proto__', 'constructor'])
})
