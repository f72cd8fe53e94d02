import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { bytesSource } from '../readers/byte-source.ts'
import { Refusal, type Rule } from '../readers/refusal.ts'
import { madeShards, madeUpscaler } from '../testing/made-upscaler.ts'
import { readLayersModel } from '../upscalers/layers-model.ts'
import { readModels } from '../upscalers/read-models.ts'
import { openUpscalerPackage } from '../upscalers/upscaler-package.ts'

import { examine } from './examine.ts'
import { readBytes } from './read-bytes.ts'
import { withChecksums } from './tar-maker.ts'

/** Formats whose good file is a tar: mutated before it is compressed, and unpacked from a file. */
export const tarFormats: readonly string[] = ['tar', 'upscaler']

const shards = madeShards(madeUpscaler('rdn', 2))

/**
 * What becomes of a mutated file of one of the good formats. Archives are unpacked from a file in `folder`: `bundle` is mutated after it was
 * compressed, `tar` and `upscaler` before; the others are read from memory. Throws for anything but a refusal: that is a bug of the reader.
 */
export async function outcomeOf(format: string, bytes: Uint8Array, folder: string): Promise<Rule | 'accepted'> {
  if (format === 'layers') return ruleOf(() => readLayers(bytes))
  if (format !== 'bundle' && !tarFormats.includes(format)) return readBytes(bytes)
  const path = join(folder, 'bundle.tar.gz')
  await writeFile(path, format === 'bundle' ? bytes : gzipSync(withChecksums(bytes), { level: 1 }))
  if (format === 'upscaler') return ruleOf(() => readUpscaler(path, folder))
  const { rule, message } = await examine(path, folder)
  if (rule === 'untyped') throw new Error(message)
  return rule
}

function readLayers(modelJson: Uint8Array): void {
  readLayersModel(bytesSource('model.json', modelJson), (name) =>
    bytesSource(name, shards[name.includes('1of2') ? 0 : 1] ?? Buffer.alloc(0)),
  )
}

/** Does what an import does before it writes a pack. */
async function readUpscaler(path: string, folder: string): Promise<void> {
  const work = await mkdtemp(join(folder, 'work-'))
  try {
    readModels(await openUpscalerPackage(path, work))
  } finally {
    await rm(work, { recursive: true })
  }
}

async function ruleOf(read: () => void | Promise<void>): Promise<Rule | 'accepted'> {
  try {
    await read()
    return 'accepted'
  } catch (error) {
    if (error instanceof Refusal) return error.rule
    throw error
  }
}
