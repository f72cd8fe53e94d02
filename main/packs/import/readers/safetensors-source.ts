import { StudioError } from '#app/contract/errors.ts'

import { headerBytes, parseHeader, type SafetensorsType } from '../../safetensors/header.ts'

import type { ByteSource } from './byte-source.ts'
import { checkTensorName } from './collect-tensors.ts'
import { itemSize, toFloat32, type Dtype } from './dtype.ts'
import { Refusal, refuse } from './refusal.ts'
import type { TensorInfo, TensorSource } from './tensor-source.ts'

/** A header describes a few thousand tensors; ten times what the largest known checkpoint needs. */
const maxHeaderBytes = 4 * 2 ** 20

const dtypeOf: Partial<Record<SafetensorsType, Dtype>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}

/** A safetensors file, read by position. The rules of the format are those of main/packs/safetensors. */
export function readSafetensorsSource(source: ByteSource): TensorSource {
  const place = source.name
  const length = ruled(() => headerBytes(source.read(0, Math.min(8, source.size)), source.size, place))
  if (length > maxHeaderBytes) refuse('limit', place, `a header of ${length} bytes, allowed are ${maxHeaderBytes}`)
  const { entries, metadata } = ruled(() => parseHeader(source.read(8, length), source.size, place))
  const tensors = new Map<string, TensorInfo>()
  for (const { name, type, dims } of entries.values()) {
    checkTensorName(name, place)
    const dtype = dtypeOf[type]
    if (dtype === undefined) return refuse('dtype', place, `${name} is ${type}`)
    tensors.set(name, { name, dtype, shape: dims })
  }
  return {
    format: 'safetensors',
    fileName: place,
    tensors,
    metadata,
    readFloat32: (name, range) => {
      const entry = entries.get(name)
      const info = tensors.get(name)
      if (entry === undefined || info === undefined) throw new RangeError(`no tensor ${name} in ${place}`)
      const size = itemSize(info.dtype)
      const { first, count } = range ?? { first: 0, count: (entry.end - entry.begin) / size }
      return toFloat32(source.read(entry.begin + first * size, count * size), info.dtype)
    },
    close: () => source.close(),
  }
}

/** The shared reader names its rule in words; here every refusal carries one. */
function ruled<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof StudioError)) throw error
    throw new Refusal('header', 'safetensors', error.message, { cause: error })
  }
}
