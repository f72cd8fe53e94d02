import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { gzipSync } from 'node:zlib'

import { encode, ExtData } from '@msgpack/msgpack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { torchFile } from '../hostile/cases-pickle.ts'
import {
  dictOf,
  global,
  newObject,
  emptyTuple,
  build,
  program,
  tensorCode,
  text,
  type PickleCode,
} from '../hostile/pickle-maker.ts'
import { makeTar } from '../hostile/tar-maker.ts'

import { bytesSource, fileSource, sliceSource } from './byte-source.ts'
import { toFloat32 } from './dtype.ts'
import { openCheckpoint, readTensors } from './open-checkpoint.ts'

const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
const read = (bytes: Uint8Array) => readTensors(bytesSource('test', bytes))

describe('a torch checkpoint', () => {
  it('gives tensors as contiguous rows, whatever their strides', () => {
    const code = dictOf({
      whole: tensorCode({ shape: [2, 2], strides: [2, 1] }),
      turned: tensorCode({ shape: [2, 2], strides: [1, 2] }),
      part: tensorCode({ offset: 1, shape: [2], strides: [2] }),
      scalar: tensorCode({ offset: 3, shape: [], strides: [] }),
      empty: tensorCode({ shape: [0, 2], strides: [2, 1] }),
    })
    const source = read(torchFile(program(code), { 0: four }))
    const values = Object.fromEntries(
      [...source.tensors.keys()].map((name) => [name, Array.from(source.readFloat32(name))]),
    )
    expect(values).toEqual({ whole: [1, 2, 3, 4], turned: [1, 3, 2, 4], part: [2, 4], scalar: [4], empty: [] })
    expect(Array.from(source.readFloat32('whole', { first: 1, count: 2 }))).toEqual([2, 3])
    expect(Array.from(source.readFloat32('turned', { first: 1, count: 2 }))).toEqual([3, 2])
    expect(() => source.readFloat32('other')).toThrow(RangeError)
  })

  it('names the tensors of nested modules as state_dict() does, without running their classes', () => {
    const module = (state: Readonly<Record<string, PickleCode>>): PickleCode =>
      Buffer.concat([global('dall_e.encoder', 'Encoder'), emptyTuple, newObject, dictOf(state), build])
    const inner = module({ _parameters: dictOf({ w: tensorCode() }), _buffers: dictOf({}), _modules: dictOf({}) })
    const root = module({ _parameters: dictOf({}), _modules: dictOf({ conv: inner }), n_hid: text('256') })
    const source = read(torchFile(program(root), { 0: four }))
    expect([...source.tensors.keys()]).toEqual(['conv.w'])
    expect(source.metadata.get('n_hid')).toBe('256')
  })

  it('keeps __proto__ and constructor as names like any other', () => {
    const source = read(
      torchFile(program(dictOf({ ['__proto__']: tensorCode(), constructor: tensorCode() })), { 0: four }),
    )
    expect([...source.tensors.keys()]).toEqual(['__proto__', 'constructor'])
  })
})

describe('a flax checkpoint', () => {
  it('joins an array that was split into chunks, and reads parts across them', () => {
    const chunk = (...values: number[]): ExtData => {
      const bytes = new Uint8Array(Float32Array.from(values).buffer)
      return new ExtData(1, encode([[values.length], 'float32', bytes]))
    }
    const split = {
      __msgpack_chunked_array__: true,
      shape: { 0: 2, 1: 3 },
      chunks: { 0: chunk(1, 2, 3, 4), 1: chunk(5, 6) },
    }
    const source = read(encode({ model: { w: split } }))
    expect(source.tensors.get('model.w')?.shape).toEqual([2, 3])
    expect(Array.from(source.readFloat32('model.w'))).toEqual([1, 2, 3, 4, 5, 6])
    expect(Array.from(source.readFloat32('model.w', { first: 3, count: 3 }))).toEqual([4, 5, 6])
  })
})

describe('toFloat32', () => {
  it('widens halves exactly: normal, subnormal, infinite', () => {
    const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x8001, 0x7c00, 0xfc00, 0x7bff, 0x0400).buffer)
    expect(Array.from(toFloat32(halves, 'float16'))).toEqual([
      1,
      -2,
      2 ** -24,
      -(2 ** -24),
      Infinity,
      -Infinity,
      65504,
      2 ** -14,
    ])
    expect(toFloat32(new Uint8Array(Uint16Array.of(0x7e00).buffer), 'float16')[0]).toBeNaN()
  })

  it('widens bfloat16, doubles, integers and bytes, at any alignment', () => {
    const unaligned = (bytes: ArrayBuffer): Uint8Array => {
      const shifted = new Uint8Array(bytes.byteLength + 1)
      shifted.set(new Uint8Array(bytes), 1)
      return shifted.subarray(1)
    }
    expect(Array.from(toFloat32(unaligned(Uint16Array.of(0x3f80, 0xc040).buffer), 'bfloat16'))).toEqual([1, -3])
    expect(Array.from(toFloat32(unaligned(Float64Array.of(0.5, -8).buffer), 'float64'))).toEqual([0.5, -8])
    expect(Array.from(toFloat32(unaligned(BigInt64Array.of(-3n, 224n).buffer), 'int64'))).toEqual([-3, 224])
    expect(Array.from(toFloat32(Uint8Array.of(0, 1), 'bool'))).toEqual([0, 1])
    expect(
      Array.from(
        toFloat32(Buffer.concat([Buffer.from([9]), Buffer.from(Float32Array.of(7).buffer)]).subarray(1), 'float32'),
      ),
    ).toEqual([7])
  })
})

describe('files', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-readers-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('are read by position, and never past their end', async () => {
    const path = join(folder, 'bytes')
    await writeFile(path, Uint8Array.of(1, 2, 3, 4, 5))
    const source = fileSource(path)
    expect(Array.from(source.read(1, 3))).toEqual([2, 3, 4])
    const slice = sliceSource(source, 'slice', 2, 3)
    expect(Array.from(slice.read(0, 3))).toEqual([3, 4, 5])
    for (const readPast of [() => source.read(3, 3), () => source.read(-1, 2), () => slice.read(1, 3)])
      expect(readPast).toThrow(expect.objectContaining({ rule: 'truncated' }) as Error)
    source.close()
    expect(() => fileSource(folder)).toThrow(expect.objectContaining({ rule: 'format-unknown' }) as Error)
  })

  it('of a bundle are opened by content under their own names, and deleted with the checkpoint', async () => {
    const path = join(folder, 'bundle.bin')
    const members = [
      { name: './model/weights.txt', data: torchFile(program(dictOf({ w: tensorCode() })), { 0: four }) },
      { name: 'model/', type: '5' },
      { name: 'model/merges.txt', data: Buffer.from('#version: 0.2\na b\n') },
    ]
    await writeFile(path, gzipSync(makeTar(members)))
    const temporaryFolder = join(folder, 'temporary')
    const checkpoint = await openCheckpoint([path], { temporaryFolder })
    expect(checkpoint.sources.map(({ fileName, format }) => [fileName, format])).toEqual([
      ['model/weights.txt', 'torch-zip'],
    ])
    expect(checkpoint.sideFiles.map(({ name, kind }) => [name, kind])).toEqual([['model/merges.txt', 'text']])
    expect(Array.from(checkpoint.sources[0]?.readFloat32('w') ?? [])).toEqual([1, 2, 3, 4])
    await checkpoint.close()
    await expect(openCheckpoint([join(folder, 'none')], { temporaryFolder })).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
