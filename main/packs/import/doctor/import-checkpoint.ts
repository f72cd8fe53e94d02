import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { ImportProgress } from '#app/domain/checkpoint.ts'
import type { CacheRanges } from '#app/domain/cache-ranges.ts'
import type { Golden } from '#app/domain/golden.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackManifest, StoredPrecision } from '#app/domain/pack.ts'

import { buildPack, type BuildOptions } from '../../build/build-pack.ts'
import { replaceClip } from '../../build/replace-clip.ts'
import type { GoldenWatch } from '../../golden/golden-runs.ts'
import type { Tensor } from '../../onnx/tensor.ts'
import type { TensorMap } from '../../safetensors/read.ts'
import { syncFolder } from '../../sync-folder.ts'
import { manifestFile, parseManifest } from '../../validate/manifest.ts'
import { validatePack } from '../../validate/validate-pack.ts'
import type { ModelWeights } from '../../weights/read-weights.ts'
import { assembleWeights, chooseParts, type ModelParts } from '../families/assemble.ts'
import { licenceOf } from '../families/licences.ts'
import { families } from '../families/mapped-part.ts'
import { recogniseParts, type RecogniseOptions } from '../families/recognise.ts'
import { identify } from '../pack-identity.ts'
import { openCheckpoint, type Checkpoint } from '../readers/open-checkpoint.ts'
import { refuse } from '../readers/refusal.ts'

import { chooseClip, clipWeights, describeClipImport } from './clip-for-pack.ts'
import { estimateNeeds, measureCopySpeed } from './estimate.ts'
import { hashFiles } from './hash-files.ts'
import type { ImportReport } from './report.ts'

export interface ImportRequest extends RecogniseOptions {
  /** The files of one model: weights, picture tokenizer, vocabulary; or one bundle of them. */
  readonly files: readonly string[]
  /** Folder of the installed packs; bundles are unpacked and packs built there too, so that installing is a rename. */
  readonly packsFolder: string
  /** Shown name; the pack's id is made of it. Default: the family's. */
  readonly name?: string
  /** Folder of an installed pack: the files are a CLIP, and the new pack is that one with this CLIP to rank and search. */
  readonly base?: string
  /** Report only. */
  readonly isDryRun?: boolean
  /** How the pack keeps its float weights. Default `float16` for checkpoints that are half precision themselves. */
  readonly storage?: BuildOptions['storage']
  /** The one precision to keep the transformer in. Default: fp32 and int8, or int8 alone when fp32 does not fit into a file. */
  readonly precision?: BuildOptions['precision']
  /** Tensors that have no place in the family are left out instead of refusing the import. */
  readonly isExtraAllowed?: boolean
  /** Calibrates the built pack's cache in int8 (main/packs/golden). */
  readonly measureCache?: (folder: string, manifest: PackManifest, signal?: AbortSignal) => Promise<CacheRanges>
  /** Draws runs with the built pack, as a self-check and for golden.json (main/packs/golden). */
  readonly drawGolden?: (folder: string, manifest: PackManifest, watch: GoldenWatch) => Promise<Golden>
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: ImportProgress) => void
}

/**
 * The checkpoint doctor: opens published checkpoints without running anything in them, says what they are and whether
 * they are whole, and unless it is a dry run converts, checks and installs them as a pack. Installing is one rename:
 * killed at any point it leaves no pack or a whole one, and rests that `PackStore.collectLeftovers` deletes.
 * @throws Refusal (a `packInvalid`) naming the rule; StudioError `invalidRequest` for a name that is taken;
 *   the signal's reason when aborted
 */
export async function importCheckpoint(request: ImportRequest): Promise<ImportReport> {
  const { files, packsFolder, signal, onProgress } = request
  if (files.length === 0) throw new StudioError('invalidRequest', 'Name at least one file to import.')
  for (const file of files) await assertFile(file)
  const workFolder = join(packsFolder, `.installing-${randomUUID()}`)
  const isNewFolder = !existsSync(packsFolder)
  let checkpoint: Checkpoint | null = null
  try {
    await mkdir(workFolder, { recursive: true })
    const sha256 = await hashFiles(files, {
      signal,
      onBytes: (done, total) => onProgress?.({ stage: 'hashing', done, total }),
    })
    let unpacked = 0
    checkpoint = await openCheckpoint(files, {
      temporaryFolder: workFolder,
      signal,
      onUnpackedBytes: (bytes) => onProgress?.({ stage: 'reading', done: (unpacked += bytes), total: 0 }),
    })
    const { report, name, make } = await recipeFor(request, checkpoint, sha256)
    if (request.isDryRun === true) return report
    assertWhole(report, request.isExtraAllowed ?? false)
    const identity = identify(request.name ?? name)
    const installed = join(packsFolder, identity.id)
    if (existsSync(installed)) return { ...report, pack: await samePack(installed, identity.id, sha256) }
    const built = join(workFolder, 'pack')
    await make(built, identity)
    onProgress?.({ stage: 'checking', done: 0, total: 1 })
    await validatePack(built)
    signal?.throwIfAborted()
    onProgress?.({ stage: 'installing', done: 0, total: 1 })
    await rename(built, installed)
    await syncFolder(packsFolder)
    return { ...report, pack: { id: identity.id, folder: installed, isNew: true } }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
      throw new StudioError('storageFull', `There is no room in ${packsFolder} for the new pack.`, { cause: error })
    throw error
  } finally {
    await checkpoint?.close()
    await rm(workFolder, { recursive: true, force: true })
    if (isNewFolder && request.isDryRun === true) await rm(packsFolder, { recursive: true, force: true })
  }
}

/** What an import will make, and how. */
interface Recipe {
  readonly report: ImportReport
  /** Of the pack, when none is asked for. */
  readonly name: string
  /** Builds the pack in the new folder `target`. */
  readonly make: (target: string, identity: { readonly id: PackId; readonly name: string }) => Promise<unknown>
}

/** A pipe or a device would be read for ever. */
async function assertFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw new StudioError('notFound', `There is no file ${file}.`)
  if (!found.isFile()) refuse('format-unknown', basename(file), 'it is not a regular file')
}

async function recipeFor(
  request: ImportRequest,
  checkpoint: Checkpoint,
  sha256: Record<string, string>,
): Promise<Recipe> {
  const { sideFiles } = checkpoint
  const found = recogniseParts(checkpoint, request)
  const storage = request.storage ?? (isHalf(checkpoint) ? 'float16' : 'float32')
  if (request.base !== undefined) {
    const { base } = request
    const clip = chooseClip(found)
    const manifest = parseManifest(await readFile(join(base, manifestFile)))
    return {
      report: describeClipImport(clip, manifest, sha256),
      name: `${manifest.name} with ${families[clip.family]}`,
      make: (target, identity) => {
        const weights = clipWeights(clip, sideFiles, manifest, sourceLines(sha256))
        const tensors = watch(weights.tensors, request, weights.tensors.size)
        return replaceClip(base, target, { ...identity, ...weights, tensors, storage })
      },
    }
  }
  const parts = chooseParts(found)
  return {
    report: describe(parts, sha256, request.precision),
    name: families[parts.transformer.family],
    make: (target, identity) => {
      const weights = withSources(assembleWeights(parts, sideFiles, identity), sha256)
      return buildPack(watched(weights, request), target, {
        storage,
        precision: request.precision,
        // What large activations published models have is not known here.
        int8: 'int8Blocks',
        measureCache: watchedMeasuring(request),
        drawGolden: watchedDrawing(request),
      })
    },
  }
}

function describe(
  parts: ModelParts,
  sha256: Record<string, string>,
  precision: StoredPrecision | undefined,
): ImportReport {
  const { transformer, vae, clip } = parts
  const all = [transformer, vae, ...(clip === undefined ? [] : [clip])]
  const { textLength, textVocabulary, rows, columns, imageVocabulary, layers, width, heads } = transformer.description
  const scale = vae.rows === 0 ? 1 : 1 / vae.rows
  const [pictureWidth, pictureHeight] = vae.description.pictureSize
  const licence = licenceOf(transformer.family)
  return {
    family: transformer.family,
    familyName: families[transformer.family],
    parts: all.map(({ kind, family, reason, plan }) => ({
      ...{ kind, family, familyName: families[family], reason },
      keys: plan.keys,
    })),
    geometry: {
      textLength,
      textVocabulary,
      rows,
      columns,
      imageVocabulary,
      pictureWidth: pictureWidth * scale * columns,
      pictureHeight: pictureHeight * scale * rows,
      layers,
      width,
      heads,
    },
    missing: all.flatMap(({ plan }) => plan.missing),
    extra: all.flatMap(({ plan }) => plan.extra),
    licence: { name: licence.name, sources: all.map(({ family }) => licenceOf(family).source) },
    sha256,
    ...estimateNeeds(parts, measureCopySpeed(), precision),
    pack: null,
  }
}

/** A tensor that is missing or left over means a layout that was misunderstood: no picture is better than a wrong one. */
function assertWhole({ missing, extra, familyName }: ImportReport, isExtraAllowed: boolean): void {
  const list = (names: readonly string[]): string => `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`
  if (missing.length > 0)
    refuse('family-mismatch', familyName, `${missing.length} tensors are missing or misshapen: ${list(missing)}`)
  if (extra.length > 0 && !isExtraAllowed)
    refuse('family-mismatch', familyName, `${extra.length} tensors have no place in this family: ${list(extra)}`)
}

const sourceLine = (name: string, hash: string): string => `From ${name} (sha256 ${hash})`

function withSources(weights: ModelWeights, sha256: Record<string, string>): ModelWeights {
  const attribution = [...weights.model.attribution, ...sourceLines(sha256)]
  return { ...weights, model: { ...weights.model, attribution } }
}

function sourceLines(sha256: Record<string, string>): string[] {
  return Object.entries(sha256).map(([name, hash]) => sourceLine(name, hash))
}

/** Importing the same files again changes nothing; another model cannot take the name. */
async function samePack(folder: string, id: string, sha256: Record<string, string>): Promise<ImportReport['pack']> {
  const manifest: PackManifest = parseManifest(await readFile(join(folder, 'pack.json')))
  const isSame = Object.values(sha256).every((hash) => manifest.attribution.some((line) => line.includes(hash)))
  if (isSame) return { id, folder, isNew: false }
  throw new StudioError(
    'invalidRequest',
    `A pack "${id}" of other files is installed: give another name, or remove it first.`,
  )
}

function isHalf(checkpoint: Checkpoint): boolean {
  const dtypes = checkpoint.sources.flatMap((source) => [...source.tensors.values()].map(({ dtype }) => dtype))
  const halves = dtypes.filter((dtype) => dtype === 'float16' || dtype === 'bfloat16').length
  return halves > dtypes.length / 2
}

/** Part of the self-check, as far as anybody is told. */
function watchedMeasuring({ measureCache, signal, onProgress }: ImportRequest): BuildOptions['measureCache'] {
  return (
    measureCache &&
    ((folder, manifest) => {
      onProgress?.({ stage: 'drawing', done: 0, total: 1 })
      return measureCache(folder, manifest, signal)
    })
  )
}

/** The self-check of the built pack, which can be stopped and says how far it is. */
function watchedDrawing({ drawGolden, signal, onProgress }: ImportRequest): BuildOptions['drawGolden'] {
  return (
    drawGolden &&
    ((folder, manifest) =>
      drawGolden(folder, manifest, { signal, onRun: (done, total) => onProgress?.({ stage: 'drawing', done, total }) }))
  )
}

function watched(weights: ModelWeights, request: ImportRequest): ModelWeights {
  const maps = [weights.transformer, weights.dvae, ...(weights.clip === undefined ? [] : [weights.clip])]
  const total = maps.reduce((sum, map) => sum + map.size, 0)
  const seen = new Set<Tensor>()
  return {
    ...weights,
    transformer: watch(weights.transformer, request, total, seen),
    dvae: watch(weights.dvae, request, total, seen),
    clip: weights.clip === undefined ? undefined : watch(weights.clip, request, total, seen),
  }
}

/** Counts tensors as they are converted, and stops between two of them. @param seen those of all maps */
function watch(
  map: TensorMap,
  { signal, onProgress }: ImportRequest,
  total: number,
  seen = new Set<Tensor>(),
): TensorMap {
  return new Map(
    [...map].map(([name, tensor]) => {
      const watchedTensor: Tensor = {
        type: tensor.type,
        dims: tensor.dims,
        get bytes() {
          signal?.throwIfAborted()
          seen.add(tensor)
          onProgress?.({ stage: 'converting', done: seen.size, total })
          return tensor.bytes
        },
      }
      return [name, watchedTensor]
    }),
  )
}
