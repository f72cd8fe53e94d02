import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import { upscalerManifestSchema, upscalerScales, type UpscalerManifest } from '#app/domain/upscaler.ts'

import { buildUpscaler } from '../graphs/upscaler.ts'
import type { WeightStorage } from '../graphs/weight-writer.ts'
import type { TensorMap } from '../safetensors/read.ts'
import { syncFolder } from '../sync-folder.ts'
import { WeightSet } from '../weights/weight-set.ts'

import { writeHashed, type WrittenFile } from './write-hashed.ts'

/** What an upscaler pack is made of. */
export type NewUpscaler = Pick<
  UpscalerManifest,
  'id' | 'name' | 'version' | 'description' | 'licence' | 'attribution'
> & {
  /** Shipped beside the models, byte for byte. */
  readonly licenceText: Uint8Array
  /** One for each scale; the scale is read from the weights. */
  readonly models: readonly { readonly subject: string; readonly tensors: TensorMap }[]
  readonly storage?: WeightStorage
}

/**
 * Builds the pack folder `target` of an upscaler: in a temporary folder beside it, renamed into place when every file is on the disk.
 * Throws `packInvalid` when the weights are not those of an upscaler, or two models have the same scale.
 */
export async function buildUpscalerPack(
  { models, licenceText, storage = 'float32', ...facts }: NewUpscaler,
  target: string,
): Promise<UpscalerManifest> {
  const folder = join(dirname(target), `.${basename(target)}.building-${process.pid}`)
  await mkdir(folder)
  try {
    const files: Record<string, WrittenFile> = { LICENSE: await writeHashed(join(folder, 'LICENSE'), [licenceText]) }
    const made: UpscalerManifest['models'] = []
    let weightsBytes = 0
    for (const { subject, tensors } of models) {
      const { graph, scale: drawn, reach, bytesPerPixel } = buildUpscaler(new WeightSet(tensors, subject), { storage })
      const scale = upscalerScales.find((known) => known === drawn)
      if (scale === undefined || made.some((model) => model.scale === scale)) {
        const rule = `it enlarges ${drawn} times; one model each of ${upscalerScales.join(', ')} times is wanted`
        throw new StudioError('packInvalid', `${subject}: ${rule}.`)
      }
      const file = `upscaler-x${scale}.onnx`
      files[file] = await writeHashed(join(folder, file), graph.toChunks())
      made.push({ scale, file, reach, bytesPerPixel })
      // One model at a time is in memory.
      weightsBytes = Math.max(weightsBytes, graph.residentBytes())
    }
    const result = upscalerManifestSchema.safeParse({
      ...{ schemaVersion: 1, kind: 'upscaler', ...facts, files },
      models: made.toSorted((a, b) => a.scale - b.scale),
      memory: { weightsBytes },
    })
    if (!result.success) throw new StudioError('packInvalid', `pack.json: ${z.prettifyError(result.error)}`)
    await writeHashed(join(folder, 'pack.json'), [Buffer.from(`${JSON.stringify(result.data, null, 2)}\n`)])
    await syncFolder(folder)
    await rename(folder, target)
    await syncFolder(dirname(target))
    return result.data
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
