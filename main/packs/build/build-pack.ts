import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { CacheRanges } from '#app/domain/cache-ranges.ts'
import type { Golden } from '#app/domain/golden.ts'
import type { PackManifest, SessionName, StoredPrecision } from '#app/domain/pack.ts'

import type { LinearPrecision } from '../graphs/transformer-linear.ts'
import type { WeightStorage } from '../graphs/weight-writer.ts'
import { syncFolder } from '../sync-folder.ts'
import { canQuantiseCache } from '../weights/cache-kinds.ts'
import type { ModelWeights } from '../weights/read-weights.ts'

import { clipTokenizerFile, describePack } from './manifest.ts'
import { packFiles, type PackFile } from './pack-files.ts'
import { writeHashed, type WrittenFile } from './write-hashed.ts'

export interface BuildOptions {
  /** How weights lie in the files; default float32. */
  readonly storage?: WeightStorage
  /** The one precision to keep the transformer in; default: all that fit into a file. */
  readonly precision?: StoredPrecision
  /** How an int8 transformer multiplies; default `int8`. */
  readonly int8?: Exclude<LinearPrecision, 'fp32'>
  /** Bytes of a model in one file, past which its weights have another; default protobuf's 2 GiB. */
  readonly maxModelBytes?: number
  /** Runs the unfinished pack in `folder`: how far keys and values go, which lets the int8 transformer keep its cache in 8 bits too. */
  readonly measureCache?: (folder: string, manifest: PackManifest) => Promise<CacheRanges>
  /** Runs it after that and returns runs with their tokens, which become golden.json. */
  readonly drawGolden?: (folder: string, manifest: PackManifest) => Promise<Golden>
}

/**
 * Builds the pack folder `target` from weights: in a temporary folder beside it, renamed into place when every file is on the disk.
 * Throws `packInvalid` when the weights break docs/weights-format.md; rejects when `target` exists and is not empty.
 */
export async function buildPack(
  weights: ModelWeights,
  target: string,
  { storage = 'float32', precision, int8, maxModelBytes, measureCache, drawGolden }: BuildOptions = {},
): Promise<PackManifest> {
  const folder = join(dirname(target), `.${basename(target)}.building-${process.pid}`)
  await mkdir(folder)
  try {
    let manifest = await writeFiles(weights, folder, packFiles(weights, storage, precision, maxModelBytes, int8))
    const hasInt8 = manifest.sessions.transformer.int8 !== undefined
    if (measureCache !== undefined && hasInt8 && canQuantiseCache(weights.model.transformer)) {
      const ranges = await measureCache(folder, manifest)
      manifest = await addDocument(folder, manifest, 'cacheRanges', 'cache-ranges.json', ranges)
    }
    if (drawGolden !== undefined) {
      const golden = await drawGolden(folder, manifest)
      manifest = await addDocument(folder, manifest, 'golden', 'golden.json', golden)
    }
    await syncFolder(folder)
    await rename(folder, target)
    await syncFolder(dirname(target))
    return manifest
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeFiles(weights: ModelWeights, folder: string, made: Iterable<PackFile>): Promise<PackManifest> {
  const files: Record<string, WrittenFile> = {}
  const sessions: Partial<Record<SessionName, { fp32?: string; int8?: string }>> = {}
  let weightsBytes = 0
  files['tokenizer.json'] = await writeHashed(join(folder, 'tokenizer.json'), [weights.tokenizer])
  if (weights.clipTokenizer !== undefined) {
    files[clipTokenizerFile] = await writeHashed(join(folder, clipTokenizerFile), [weights.clipTokenizer])
  }
  for (const { session, precision, file, weightsFile, graph } of made) {
    files[file] = await writeHashed(join(folder, file), graph.toChunks(weightsFile))
    if (weightsFile !== undefined)
      files[weightsFile] = await writeHashed(join(folder, weightsFile), graph.weightChunks())
    sessions[session] = { ...sessions[session], [precision]: file }
    // Each session counts once, in the first precision it has: the studio loads one.
    if (Object.keys(sessions[session] ?? {}).length === 1) weightsBytes += graph.residentBytes()
  }
  const manifest = describePack(weights, { files, sessions: sessions as PackManifest['sessions'], weightsBytes })
  await writeManifest(folder, manifest)
  return manifest
}

/** Adds what running the pack has told. @param use the place in the manifest that names the file */
async function addDocument(
  folder: string,
  manifest: PackManifest,
  use: 'golden' | 'cacheRanges',
  file: string,
  content: Golden | CacheRanges,
): Promise<PackManifest> {
  const written = await writeHashed(join(folder, file), [Buffer.from(`${JSON.stringify(content)}\n`)])
  const complete = { ...manifest, [use]: file, files: { ...manifest.files, [file]: written } }
  await rm(join(folder, 'pack.json'))
  await writeManifest(folder, complete)
  return complete
}

async function writeManifest(folder: string, manifest: PackManifest): Promise<void> {
  await writeHashed(join(folder, 'pack.json'), [Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)])
}
