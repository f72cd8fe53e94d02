import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type * as ort from 'onnxruntime-node'
import { z } from 'zod'

import type { PackToLoad } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { DrawnOn } from '#app/domain/drawn-on.ts'
import { cacheRangesSchema } from '#app/domain/cache-ranges.ts'
import { goldenSchema } from '#app/domain/golden.ts'
import {
  packManifestSchema,
  precisionsOf,
  storedPrecision,
  weightsFileOf,
  type PackManifest,
  type SessionName,
} from '#app/domain/pack.ts'
import { PromptTokenizer } from '#app/kernels/prompt-tokenizer.ts'
import { captionLimit } from '#app/kernels/token-geometry.ts'
import { withInt8Cache } from '#main/packs/quantise/int8-cache.ts'

import { checkMemory } from './memory.ts'
import { placeTransformer, type PlacedTransformer, type PlaceSettings } from './place-transformer.ts'
import { readVerified } from './read-verified.ts'
import { checkNames, createSession, type SessionSettings } from './sessions.ts'
import type { TransformerRunner } from './transformer-run.ts'

const sessionNames: Readonly<Record<Exclude<SessionName, 'transformer'>, readonly [string, string]>> = {
  vaeDecoder: ['codes', 'pixels'],
  vaeEncoder: ['pixels', 'codes'],
  clipText: ['input_ids', 'text_embeds'],
  clipImage: ['pixel_values', 'image_embeds'],
}
type SmallSession = keyof typeof sessionNames

export type LoadSettings = PlaceSettings

/** A pack in memory. Sessions beside the transformer are made when first needed. */
export class LoadedPack {
  readonly manifest: PackManifest
  readonly tokenizer: PromptTokenizer
  readonly clipTokenizer: PromptTokenizer
  readonly transformer: TransformerRunner
  readonly placed: PlacedTransformer
  readonly #source: PackToLoad
  readonly #settings: SessionSettings
  readonly #sessions = new Map<SmallSession, Promise<ort.InferenceSession>>()

  constructor(
    source: PackToLoad,
    settings: LoadSettings,
    manifest: PackManifest,
    tokenizers: { readonly prompt: PromptTokenizer; readonly clip: PromptTokenizer },
    placed: PlacedTransformer,
  ) {
    this.#source = source
    this.#settings = { threads: settings.threads }
    this.manifest = manifest
    this.tokenizer = tokenizers.prompt
    this.clipTokenizer = tokenizers.clip
    this.transformer = placed.runner
    this.placed = placed
  }

  has(name: SmallSession): boolean {
    return this.manifest.sessions[name] !== undefined
  }

  /** @throws StudioError invalidRequest when the pack has no such part */
  session(name: SmallSession): Promise<ort.InferenceSession> {
    const existing = this.#sessions.get(name)
    if (existing !== undefined) return existing
    const made = this.#makeSession(name)
    this.#sessions.set(name, made)
    return made
  }

  async #makeSession(name: SmallSession): Promise<ort.InferenceSession> {
    const files = this.manifest.sessions[name]
    if (files === undefined) {
      throw new StudioError('invalidRequest', `The pack "${this.manifest.id}" has no ${name} model.`)
    }
    const fileName = files[storedPrecision(this.#source.precision)] ?? files.fp32
    const session = await createSession(
      await readVerified(this.#source.folder, fileName, this.manifest),
      fileName,
      this.#settings,
    )
    const [input, output] = sessionNames[name]
    checkNames(session, fileName, [input], [output])
    return session
  }

  async dispose(): Promise<void> {
    await this.transformer.dispose()
    for (const session of this.#sessions.values()) await (await session).release()
    this.#sessions.clear()
  }
}

/** Where the tokens of a pack are computed. */
export function drawnOn({ placed, transformer }: LoadedPack): DrawnOn {
  return { device: placed.device, precision: transformer.precision }
}

/**
 * Loads manifest, tokenizer and transformer of a validated pack folder.
 * @throws StudioError packInvalid, packMissing or outOfMemory
 */
export async function loadPack(source: PackToLoad, settings: LoadSettings): Promise<LoadedPack> {
  const manifest = await readManifest(source)
  const { precision, folder } = source
  const fileName = manifest.sessions.transformer[storedPrecision(precision)]
  const known = precisionsOf(manifest)
  if (fileName === undefined || !known.includes(precision)) {
    throw new StudioError('invalidRequest', `The pack "${manifest.id}" has no ${precision}, only ${known.join(', ')}.`)
  }
  const weightsFile = weightsFileOf(fileName)
  const weightsBytes = manifest.files[weightsFile]?.bytes ?? 0
  checkMemory(manifest, precision, (manifest.files[fileName]?.bytes ?? 0) + weightsBytes)
  const tokenizer = new PromptTokenizer(await readJson(folder, manifest.tokenizer, manifest), {
    lowercase: manifest.text.lowercase,
    normalizer: manifest.text.normalizer,
    limit: captionLimit(manifest.text),
  })
  const clipFile = manifest.clip?.tokenizer
  const clip =
    clipFile === undefined
      ? tokenizer
      : new PromptTokenizer(await readJson(folder, clipFile, manifest), {
          lowercase: true,
          limit: (manifest.clip?.text.length ?? 2) - 2,
        })
  const { golden } = manifest
  const placed = await placeTransformer(
    {
      ...{ bytes: await transformerBytes(source, fileName, manifest), fileName, manifest, precision, tokenizer },
      ...(weightsBytes > 0 && {
        weights: { path: weightsFile, data: await readVerified(folder, weightsFile, manifest) },
      }),
      golden: async () => (golden === undefined ? null : goldenSchema.parse(await readJson(folder, golden, manifest))),
    },
    settings,
  )
  return new LoadedPack(source, settings, manifest, { prompt: tokenizer, clip }, placed)
}

/** The model in the file, or what a precision makes of it. */
async function transformerBytes(source: PackToLoad, fileName: string, manifest: PackManifest): Promise<Uint8Array> {
  const stored = await readVerified(source.folder, fileName, manifest)
  if (source.precision !== 'int8-cache' || manifest.cacheRanges === undefined) return stored
  const ranges = cacheRangesSchema.safeParse(await readJson(source.folder, manifest.cacheRanges, manifest))
  if (ranges.success) return withInt8Cache(stored, ranges.data.layers, manifest.transformer)
  throw new StudioError('packInvalid', `${manifest.cacheRanges}: ${z.prettifyError(ranges.error)}`)
}

async function readManifest({ folder, packId }: PackToLoad): Promise<PackManifest> {
  let text: string
  try {
    text = await readFile(join(folder, 'pack.json'), 'utf8')
  } catch (cause) {
    throw new StudioError('packMissing', `The pack "${packId}" has no pack.json in ${folder}.`, { cause })
  }
  const result = packManifestSchema.safeParse(JSON.parse(text))
  if (!result.success) throw new StudioError('packInvalid', `pack.json of "${packId}": ${result.error.message}`)
  if (result.data.id !== packId) {
    throw new StudioError('packInvalid', `pack.json of "${packId}" names another pack, "${result.data.id}".`)
  }
  return result.data
}

async function readJson(folder: string, fileName: string, manifest: PackManifest): Promise<object> {
  const parsed: unknown = JSON.parse(new TextDecoder().decode(await readVerified(folder, fileName, manifest)))
  if (typeof parsed === 'object' && parsed !== null) return parsed
  throw new StudioError('packInvalid', `${fileName} is not a JSON object.`)
}
