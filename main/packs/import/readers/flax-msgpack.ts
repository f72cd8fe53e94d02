import type { ByteSource } from './byte-source.ts'
import { checkTensorName } from './collect-tensors.ts'
import { dtypes, itemSize, toFloat32, type Dtype } from './dtype.ts'
import { MsgpackScanner, type MsgpackToken } from './msgpack-scanner.ts'
import { refuse } from './refusal.ts'
import { countElements } from './strided.ts'
import type { PlainValue, TensorInfo, TensorSource } from './tensor-source.ts'

const maxValues = 100_000
const maxDepth = 32
const arrayCode = 1
/** Flax splits arrays above a gigabyte into a map with this key. */
const chunkedKey = '__msgpack_chunked_array__'

interface Piece {
  readonly offset: number
  readonly bytes: number
}
interface FlaxArray {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly pieces: readonly Piece[]
}

/**
 * A checkpoint of `flax.serialization.to_bytes`: nested maps whose leaves are extension 1, a msgpack triple of shape,
 * dtype name and bytes. Tensor names are the keys joined by dots.
 */
export function readFlaxMsgpack(source: ByteSource): TensorSource {
  const scanner = new MsgpackScanner(source)
  const arrays = new Map<string, FlaxArray>()
  const metadata = new Map<string, PlainValue>()
  let values = 0

  const scan = (token: MsgpackToken, path: string, depth: number): void => {
    if (++values > maxValues) refuse('limit', source.name, `more than ${maxValues} values`)
    if (depth > maxDepth) refuse('limit', source.name, `maps nested deeper than ${maxDepth}`)
    switch (token.type) {
      case 'ext':
        if (token.code === arrayCode) add(path, readArray(source, token.offset, token.length))
        return
      case 'map':
        return scanMap(token.length, path, depth)
      case 'array':
        for (let i = 0; i < token.length; i++) scan(scanner.next(), join(path, String(i)), depth + 1)
        return
      case 'number':
      case 'text':
        if (metadata.size < 10_000) metadata.set(path, token.value)
        return
      case 'nil':
      case 'boolean':
      case 'bytes':
        return
    }
  }
  const scanMap = (length: number, path: string, depth: number): void => {
    for (let i = 0; i < length; i++) {
      const key = scanner.next()
      if (key.type !== 'text') return refuse('header', source.name, 'a key that is not text')
      if (key.value === chunkedKey) {
        if (i !== 0) refuse('header', source.name, 'a chunked array with other keys before its mark')
        scanner.next()
        add(path, readChunked(source, scanner, length - 1))
        return
      }
      scan(scanner.next(), join(path, key.value), depth + 1)
    }
  }
  const add = (name: string, array: FlaxArray): void => {
    checkTensorName(name, source.name)
    if (arrays.has(name)) refuse('tensor-name', source.name, `two tensors are called ${name}`)
    arrays.set(name, array)
  }

  const root = scanner.next()
  if (root.type !== 'map') refuse('header', source.name, 'its root is not a map')
  scan(root, '', 0)
  if (scanner.position !== source.size) refuse('trailing-bytes', source.name, 'bytes after the last value')
  if (arrays.size === 0) refuse('format-unknown', source.name, 'a msgpack file without arrays')
  const tensors = new Map<string, TensorInfo>()
  for (const [name, { dtype, shape }] of arrays) tensors.set(name, { name, dtype, shape })
  return {
    format: 'flax-msgpack',
    fileName: source.name,
    tensors,
    metadata,
    readFloat32: (name, range) => {
      const array = arrays.get(name)
      if (array === undefined) throw new RangeError(`no tensor ${name} in ${source.name}`)
      const size = itemSize(array.dtype)
      const { first, count } = range ?? { first: 0, count: countElements(array.shape) }
      const bytes = new Uint8Array(count * size)
      readPieces(source, array.pieces, first * size, bytes)
      return toFloat32(bytes, array.dtype)
    },
    close: () => source.close(),
  }
}

/** Bytes from `start` on of pieces that follow one another. */
function readPieces(source: ByteSource, pieces: readonly Piece[], start: number, target: Uint8Array): void {
  let pieceStart = 0
  for (const piece of pieces) {
    const begin = Math.max(start, pieceStart)
    const end = Math.min(start + target.length, pieceStart + piece.bytes)
    if (begin < end) source.readInto(piece.offset + begin - pieceStart, target.subarray(begin - start, end - start))
    pieceStart += piece.bytes
  }
}

function readArray(source: ByteSource, offset: number, length: number): FlaxArray {
  const scanner = new MsgpackScanner(source, offset, offset + length)
  const bad = (reason: string): never => refuse('header', source.name, `array at byte ${offset}: ${reason}`)
  const head = scanner.next()
  if (head.type !== 'array' || head.length !== 3) return bad('not a triple')
  const shape = readShape(scanner, bad)
  const name = scanner.next()
  if (name.type !== 'text') return bad('no element type')
  if (!Object.hasOwn(dtypes, name.value)) return refuse('dtype', source.name, `element type ${name.value.slice(0, 40)}`)
  const dtype = name.value as Dtype
  const data = scanner.next()
  if (data.type !== 'bytes' || scanner.position !== offset + length) return bad('no bytes, or more than bytes')
  const expected = countElements(shape) * itemSize(dtype)
  if (data.length !== expected)
    refuse('storage-size', source.name, `${data.length} bytes for ${expected} at byte ${offset}`)
  return { dtype, shape, pieces: [{ offset: data.offset, bytes: data.length }] }
}

function readShape(scanner: MsgpackScanner, bad: (reason: string) => never): number[] {
  const head = scanner.next()
  if ((head.type !== 'array' && head.type !== 'map') || head.length > 8) return bad('no shape of rank 8 or less')
  const shape: number[] = []
  for (let i = 0; i < head.length; i++) {
    if (head.type === 'map') scanner.next()
    const size = scanner.next()
    if (size.type !== 'number' || !Number.isSafeInteger(size.value) || size.value < 0) return bad('a negative size')
    shape.push(size.value)
  }
  if (!Number.isSafeInteger(countElements(shape) * 8)) return bad('a shape that overflows')
  return shape
}

function readChunked(source: ByteSource, scanner: MsgpackScanner, keys: number): FlaxArray {
  const bad = (reason: string): never => refuse('header', source.name, `chunked array: ${reason}`)
  let shape: number[] | null = null
  const chunks: FlaxArray[] = []
  for (let i = 0; i < keys; i++) {
    const key = scanner.next()
    if (key.type === 'text' && key.value === 'shape') shape = readShape(scanner, bad)
    else if (key.type === 'text' && key.value === 'chunks') {
      const head = scanner.next()
      if (head.type !== 'map' && head.type !== 'array') return bad('no chunks')
      for (let chunk = 0; chunk < head.length; chunk++) {
        if (head.type === 'map') scanner.next()
        const token = scanner.next()
        if (token.type !== 'ext' || token.code !== arrayCode) return bad('a chunk that is no array')
        chunks.push(readArray(source, token.offset, token.length))
      }
    } else return bad('an unknown key')
  }
  const first = chunks[0]
  if (shape === null || first === undefined) return bad('no shape or no chunks')
  if (chunks.some(({ dtype }) => dtype !== first.dtype)) return bad('chunks of different types')
  const total = chunks.reduce((sum, chunk) => sum + countElements(chunk.shape), 0)
  if (total !== countElements(shape)) return bad('chunks that do not fill the shape')
  return { dtype: first.dtype, shape, pieces: chunks.flatMap(({ pieces }) => pieces) }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
