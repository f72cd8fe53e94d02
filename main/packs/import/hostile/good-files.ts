import { encode, ExtData } from '@msgpack/msgpack'
import { gzipSync } from 'node:zlib'

import { madeModelJson, madeShards, madeUpscaler } from '../testing/made-upscaler.ts'

import { goodClipExport, goodModel } from './cases-onnx.ts'
import { torchFile } from './cases-pickle.ts'
import { dictOf, integer, mark, program, tensorCode, text } from './pickle-maker.ts'
import { makeTar } from './tar-maker.ts'

const code = program(dictOf({ a: tensorCode(), b: tensorCode({ shape: [2, 2], strides: [2, 1] }) }))

/** One good file of each format, small: what fuzzing begins with. */
export const goodFiles: Readonly<Record<string, Uint8Array>> = {
  zip: torchFile(code),
  pickle: legacyFile(),
  safetensors: safetensorsFile(),
  msgpack: encode({ a: { b: new ExtData(1, encode([[2, 2], 'float32', new Uint8Array(16)])) }, n: 1 }),
  onnx: goodModel(),
  clip: goodClipExport(),
  vocabulary: Buffer.from(JSON.stringify({ '<s>': 0, a: 1, b: 2, ab: 3 })),
  merges: Buffer.from('#version: 0.2\na b\nab c</w>\n'),
  youtokentome: Buffer.from('3 1\n9601 4\n97 5\n98 6\n5 6 7\n1 0 2 3\n'),
  bundle: gzipSync(makeTar([{ name: 'model.pt', data: torchFile(code) }]), { level: 1 }),
  tar: makeTar([
    { name: 'model/', type: '5' },
    { name: 'model/merges.txt', data: Buffer.from('#version: 0.2\na b\n') },
    { name: 'model/config.json', data: Buffer.from('{"hidden_size": 4}') },
    { name: 'model/weights.safetensors', data: safetensorsFile() },
  ]),
  layers: layersFile(),
  upscaler: upscalerFile(),
}

function layersFile(): Uint8Array {
  return Buffer.from(JSON.stringify(madeModelJson(madeUpscaler('rdn', 2))))
}

function upscalerFile(): Uint8Array {
  const [first, second] = madeShards(madeUpscaler('rdn', 2))
  return makeTar([
    { name: 'package/package.json', data: Buffer.from('{"name": "made", "version": "1.2.3", "license": "MIT"}') },
    { name: 'package/LICENSE', data: Buffer.from('MIT License') },
    { name: 'package/models/x2/model.json', data: Buffer.from(layersFile()) },
    { name: 'package/models/x2/group1-shard1of2.bin', data: first ?? Buffer.alloc(0) },
    { name: 'package/models/x2/group1-shard2of2.bin', data: second ?? Buffer.alloc(0) },
  ])
}

function legacyFile(): Uint8Array {
  const count = Buffer.alloc(8)
  count.writeBigInt64LE(4n)
  return Buffer.concat([
    program(integer(0x1950a86a20f9469cfc6cn)),
    program(integer(1001)),
    program(dictOf({ little_endian: Buffer.from([0x88]) })),
    code,
    program(Buffer.from([0x5d]), mark, text('0'), Buffer.from([0x65])),
    count,
    Buffer.alloc(16),
  ])
}

function safetensorsFile(): Uint8Array {
  const header = Buffer.from(
    JSON.stringify({
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      b: { dtype: 'F16', shape: [2, 2], data_offsets: [8, 16] },
    }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.alloc(16)])
}
