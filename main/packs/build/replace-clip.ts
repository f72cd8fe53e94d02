import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { PackId } from '#app/domain/ids.ts'
import type { PackManifest, Precision, SessionName } from '#app/domain/pack.ts'

import type { WeightStorage } from '../graphs/weight-writer.ts'
import type { TensorMap } from '../safetensors/read.ts'
import { copyPack } from '../store/copy-pack.ts'
import { syncFolder } from '../sync-folder.ts'
import { manifestFile, parseManifest } from '../validate/manifest.ts'
import type { ClipDescription } from '../weights/model-description.ts'

import { clipTokenizerFile, describeClip } from './manifest.ts'
import { clipFiles } from './pack-files.ts'
import { writeHashed } from './write-hashed.ts'

/** A CLIP for a pack that draws already. */
export interface NewClip {
  readonly id: PackId
  readonly name: string
  readonly description: string
  /** Of the whole pack, once the CLIP is in it. */
  readonly licence: string
  /** Lines about the CLIP, behind those of the pack. */
  readonly attribution: readonly string[]
  readonly clip: ClipDescription
  readonly tensors: TensorMap
  /** The bytes of its tokenizer. */
  readonly tokenizer: Uint8Array
  readonly storage: WeightStorage
}

/**
 * Copies the pack in `source` to the new folder `target`, with another CLIP in it, or one where there was none. What it draws stays the same, and so do
 * its golden runs. Throws `packInvalid` when the pack or the weights break their format.
 */
export async function replaceClip(source: string, target: string, added: NewClip): Promise<PackManifest> {
  await copyPack(source, target)
  const manifest = parseManifest(await readFile(join(target, manifestFile)))
  const old = [manifest.sessions.clipText?.fp32, manifest.sessions.clipImage?.fp32, manifest.clip?.tokenizer]
  const oldFiles = old.filter((file) => file !== undefined)
  let weightsBytes = manifest.memory.weightsBytes
  const files = { ...manifest.files }
  for (const file of oldFiles) {
    // What they take in memory is not said for each file; it is what they take on the disk, but for halves that are widened.
    if (file !== manifest.clip?.tokenizer) weightsBytes -= (await stat(join(target, file))).size
    delete files[file]
    await rm(join(target, file))
  }
  const sessions: Partial<Record<SessionName, { fp32?: string; int8?: string }>> = { ...manifest.sessions }
  files[clipTokenizerFile] = await writeHashed(join(target, clipTokenizerFile), [added.tokenizer])
  for (const { session, precision, file, graph } of clipFiles(added.clip, added.tensors, added.storage)) {
    files[file] = await writeHashed(join(target, file), graph.toChunks())
    sessions[session] = { [precision satisfies Precision]: file }
    weightsBytes += graph.residentBytes()
  }
  const complete: PackManifest = {
    ...manifest,
    ...{ id: added.id, name: added.name, description: added.description, licence: added.licence },
    attribution: [...manifest.attribution, ...added.attribution],
    files,
    sessions: sessions as PackManifest['sessions'],
    clip: describeClip(added.clip, added.tensors, true),
    memory: { ...manifest.memory, weightsBytes: Math.max(0, weightsBytes) },
  }
  await rm(join(target, manifestFile))
  await writeHashed(join(target, manifestFile), [Buffer.from(`${JSON.stringify(complete, null, 2)}\n`)])
  await syncFolder(target)
  return complete
}
