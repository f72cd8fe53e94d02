import { openSync, closeSync, ftruncateSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { msgpackCases } from './cases-msgpack.ts'
import { onnxCases } from './cases-onnx.ts'
import { otherCases } from './cases-other.ts'
import { pickleCases } from './cases-pickle.ts'
import { safetensorsCases } from './cases-safetensors.ts'
import { zipCases } from './cases-zip.ts'
import type { HostileCase } from './hostile-case.ts'

/** Every hostile file, made by code: nothing of it lies in the repository. */
export const corpus: readonly HostileCase[] = [
  ...pickleCases,
  ...zipCases,
  ...safetensorsCases,
  ...msgpackCases,
  ...onnxCases,
  ...otherCases,
]

/** Writes one file of the corpus into a folder of its own. @returns its path */
export async function writeCase(hostile: HostileCase, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, hostile.fileName)
  const descriptor = openSync(path, 'wx')
  try {
    writeSync(descriptor, hostile.bytes())
    if (hostile.sparseBytes !== undefined) ftruncateSync(descriptor, hostile.sparseBytes)
  } finally {
    closeSync(descriptor)
  }
  return path
}
