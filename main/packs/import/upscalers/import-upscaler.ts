import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import { StudioError } from '#app/contract/errors.ts'
import type { UpscalerManifest, UpscalerScale } from '#app/domain/upscaler.ts'

import { buildUpscalerPack } from '../../build/build-upscaler.ts'
import type { WeightStorage } from '../../graphs/weight-writer.ts'
import { elementCount } from '../../onnx/tensor.ts'
import type { TensorMap } from '../../safetensors/read.ts'
import { syncFolder } from '../../sync-folder.ts'
import { manifestFile, parseAnyManifest } from '../../validate/manifest.ts'
import { validateFolder } from '../../validate/validate-pack.ts'
import { identify } from '../pack-identity.ts'

import { readModels } from './read-models.ts'
import { openUpscalerPackage, type UpscalerPackage } from './upscaler-package.ts'

export interface UpscalerImport {
  /** The folder of an npm package `@upscalerjs/esrgan-…`, or its `.tgz`. */
  readonly path: string
  /** Folder of the installed packs. */
  readonly packsFolder: string
  /** Default: the package's. Its id is made of it. */
  readonly name?: string
  /** Scales to keep; default: all that export offers. */
  readonly scales?: readonly UpscalerScale[]
  readonly storage?: WeightStorage
  /** Report only. */
  readonly isDryRun?: boolean
  readonly signal?: AbortSignal
}

/** What an import of upscalers found, and what it installed. */
export interface UpscalerReport {
  readonly kind: 'upscaler'
  readonly source: string
  readonly licence: string
  readonly attribution: readonly string[]
  readonly scales: readonly UpscalerScale[]
  /** Of the largest model. */
  readonly parameters: number
  /** The installed pack; null after a dry run. */
  readonly pack: { readonly id: string; readonly folder: string; readonly isNew: boolean } | null
}

/**
 * Turns an npm package of upscalers into a pack, without running anything in it. Installing is one rename.
 * @throws Refusal (a `packInvalid`) naming the rule; StudioError `invalidRequest` for a name that is taken or a scale that is not there
 */
export async function importUpscaler(request: UpscalerImport): Promise<UpscalerReport> {
  const { path, packsFolder, signal, isDryRun = false } = request
  if (!existsSync(path)) throw new StudioError('notFound', `There is no file ${path}.`)
  const workFolder = join(packsFolder, `.installing-${randomUUID()}`)
  const isNewFolder = !existsSync(packsFolder)
  try {
    await mkdir(workFolder, { recursive: true })
    const upscaler = await openUpscalerPackage(path, workFolder, signal)
    const models = readModels(upscaler, request.scales)
    const attribution = attributionOf(upscaler)
    const parameters = Math.max(...models.map(({ tensors }) => countParameters(tensors)))
    const scales = models.map(({ scale }) => scale)
    const source = `${upscaler.name} ${upscaler.version}`
    const report = { kind: 'upscaler', source, licence: upscaler.license, attribution, scales, parameters } as const
    if (isDryRun) return { ...report, pack: null }
    const facts = {
      ...identify(request.name ?? upscaler.name.replace(/^@[^/]+\//, '')),
      ...{ version: upscaler.version, licence: upscaler.license, attribution, licenceText: upscaler.licenceText },
      description: 'Enlarges photographs: draws fine detail that fits. Flat art is better off with Lanczos or squares.',
    }
    const installed = join(packsFolder, facts.id)
    const built = join(workFolder, 'pack')
    const storage = request.storage && { storage: request.storage }
    const { files } = await buildUpscalerPack({ ...facts, models, ...storage }, built)
    await validateFolder(built)
    signal?.throwIfAborted()
    if (existsSync(installed)) {
      await assertSame(installed, files)
      return { ...report, pack: { id: facts.id, folder: installed, isNew: false } }
    }
    await rename(built, installed)
    await syncFolder(packsFolder)
    return { ...report, pack: { id: facts.id, folder: installed, isNew: true } }
  } finally {
    await rm(workFolder, { recursive: true, force: true })
    if (isNewFolder && isDryRun) await rm(packsFolder, { recursive: true, force: true })
  }
}

/** Who made it, as the licence file says it, and where it came from. */
function attributionOf({ name, version, license, licenceText }: UpscalerPackage): string[] {
  const copyright = /^copyright .{1,200}$/im.exec(Buffer.from(licenceText).toString('utf8'))?.[0]
  const source = `${name} ${version} (npm), ${license}; the whole licence is in the pack's LICENSE.`
  return copyright === undefined ? [source] : [`${copyright.trim()}.`, source]
}

function countParameters(tensors: TensorMap): number {
  return [...tensors.values()].reduce((sum, { dims }) => sum + elementCount(dims), 0)
}

/** Importing the same package again changes nothing; another one, or other scales of it, cannot take the name. */
async function assertSame(folder: string, files: UpscalerManifest['files']): Promise<void> {
  const installed = parseAnyManifest(await readFile(join(folder, manifestFile)))
  if (isDeepStrictEqual(installed.files, files)) return
  throw new StudioError(
    'invalidRequest',
    `A pack "${basename(folder)}" of other files is installed: give another name, or remove it first.`,
  )
}
