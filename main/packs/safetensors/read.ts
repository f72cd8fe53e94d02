import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

import type { ElementType, Tensor } from '../onnx/tensor.ts'

import { headerBytes, parseHeader, type SafetensorsType } from './header.ts'

const elementTypes: Partial<Record<SafetensorsType, ElementType>> = {
  F32: 'float32',
  F16: 'float16',
  I64: 'int64',
  I32: 'int32',
  U8: 'uint8',
  I8: 'int8',
  BOOL: 'bool',
}

/** Tensors by name; their bytes are views on one buffer. */
export type TensorMap = ReadonlyMap<string, Tensor>

/** Reads a whole file of weights into memory. Throws `packInvalid` when it breaks a rule of the format. */
export async function readSafetensors(path: string): Promise<TensorMap> {
  return parseSafetensors(await readFile(path), basename(path))
}

/** @param subject names the bytes in errors. */
export function parseSafetensors(bytes: Uint8Array, subject: string): TensorMap {
  const length = headerBytes(bytes, bytes.byteLength, subject)
  const { entries } = parseHeader(bytes.subarray(8, 8 + length), bytes.byteLength, subject)
  const tensors = new Map<string, Tensor>()
  for (const { name, type, dims, begin, end } of entries.values()) {
    const elementType = elementTypes[type]
    if (elementType === undefined) {
      const allowed = Object.keys(elementTypes).join(', ')
      throw new StudioError('packInvalid', `${subject}: ${name} is ${type}; weights are one of ${allowed}.`)
    }
    tensors.set(name, { type: elementType, dims, bytes: bytes.subarray(begin, end) })
  }
  return tensors
}
