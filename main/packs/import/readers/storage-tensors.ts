import { crc32 } from 'node:zlib'

import type { ByteSource } from './byte-source.ts'
import { itemSize, toFloat32, type Dtype } from './dtype.ts'
import type { PickleTensor } from './pickle-value.ts'
import { refuse } from './refusal.ts'
import { countElements, gather, isContiguous, spanOf } from './strided.ts'
import type { ElementRange, TensorInfo } from './tensor-source.ts'

/** Where the bytes of a storage are in the file. */
export interface StorageRange {
  readonly offset: number
  readonly bytes: number
  /** CRC-32 of the whole storage, where the format has one. */
  readonly crc: number | null
}

export interface StorageTensors {
  readonly tensors: ReadonlyMap<string, TensorInfo>
  readFloat32(name: string, range?: ElementRange): Float32Array
}

/**
 * The lazy table of tensors that are views into storages: what torch's formats have in common.
 * Distinct views may not unfold to more bytes than the file has: that blocks bombs of aliased storages.
 */
export function storageTensors(
  source: ByteSource,
  found: ReadonlyMap<string, PickleTensor>,
  findStorage: (key: string) => StorageRange | undefined,
): StorageTensors {
  const place = source.name
  const tensors = new Map<string, TensorInfo>()
  const views = new Set<string>()
  const dtypeOf = new Map<string, Dtype>()
  let unfolded = 0
  for (const [name, tensor] of found) {
    const { dtype, key, count } = tensor.storage
    const range = findStorage(key)
    if (range === undefined) return refuse('storage-missing', place, `${name} points at storage ${key.slice(0, 80)}`)
    if (range.bytes !== count * itemSize(dtype))
      refuse('storage-size', place, `storage ${key} has ${range.bytes} bytes, ${count} ${dtype} elements need others`)
    if ((dtypeOf.get(key) ?? dtype) !== dtype) refuse('storage-size', place, `storage ${key} has two element types`)
    dtypeOf.set(key, dtype)
    const view = `${key}|${tensor.offset}|${tensor.shape.join()}|${tensor.strides.join()}`
    if (!views.has(view)) unfolded += countElements(tensor.shape) * itemSize(dtype)
    views.add(view)
    if (unfolded > source.size)
      refuse('tensor-alias', place, 'overlapping views unfold to more bytes than the file has')
    tensors.set(name, { name, dtype, shape: tensor.shape })
  }
  const checked = new Set<string>()
  const readFloat32 = (name: string, part?: ElementRange): Float32Array => {
    const tensor = found.get(name)
    const range = tensor && findStorage(tensor.storage.key)
    if (tensor === undefined || range === undefined) throw new RangeError(`no tensor ${name} in ${place}`)
    const { dtype, key } = tensor.storage
    const size = itemSize(dtype)
    const isPacked = isContiguous(tensor)
    const wanted = isPacked && part !== undefined ? part : { first: 0, count: spanOf(tensor) }
    const span = wanted.count * size
    const isWhole = span === range.bytes
    if (range.crc !== null && !isWhole && !checked.has(key)) checkStorage(source, range, key)
    const bytes = source.read(range.offset + (tensor.offset + wanted.first) * size, span)
    if (range.crc !== null && isWhole && crc32(bytes) !== range.crc)
      refuse('checksum', place, `CRC-32 of storage ${key} differs`)
    checked.add(key)
    if (isPacked) return toFloat32(bytes, dtype)
    const all = toFloat32(gather(bytes, tensor, size), dtype)
    return part === undefined ? all : all.subarray(part.first, part.first + part.count)
  }
  return { tensors, readFloat32 }
}

function checkStorage(source: ByteSource, range: StorageRange, key: string): void {
  const chunk = 2 ** 22
  let sum = 0
  for (let done = 0; done < range.bytes; done += chunk)
    sum = crc32(source.read(range.offset + done, Math.min(chunk, range.bytes - done)), sum)
  if (sum !== range.crc) refuse('checksum', source.name, `CRC-32 of storage ${key} differs`)
}
