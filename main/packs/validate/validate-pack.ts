import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import { cacheRangesSchema } from '#app/domain/cache-ranges.ts'
import { goldenSchema } from '#app/domain/golden.ts'
import { precisionsOf, sessionNames, weightsFileOf, type PackManifest } from '#app/domain/pack.ts'
import type { UpscalerManifest } from '#app/domain/upscaler.ts'

import { parseStrictJson } from '../strict-json.ts'

import { isUpscalerManifest, manifestFile, maxManifestBytes, parseAnyManifest, type AnyManifest } from './manifest.ts'
import { checkModel, type WeightsFile } from './onnx/check-model.ts'
import { modelGrammar } from './onnx/grammar.ts'
import { MessageReader } from './onnx/message-reader.ts'
import { toOutline } from './onnx/model.ts'
import { readFileOnce } from './read-file.ts'
import { checkSignature, signatureOf, upscalerSignature, type Signature } from './signatures.ts'
import { checkTokenizer, maxTokenizerBytes } from './tokenizer.ts'

/** A pack folder whose every byte was checked. */
export interface ValidPack<Manifest = PackManifest> {
  readonly folder: string
  readonly manifest: Manifest
  /** sha256 of pack.json, which holds the hashes of all other files. */
  readonly sha256: string
  /** All files together. */
  readonly bytes: number
}
export type ValidUpscaler = ValidPack<UpscalerManifest>

export function isUpscaler(valid: ValidPack<AnyManifest>): valid is ValidUpscaler {
  return isUpscalerManifest(valid.manifest)
}

const maxGoldenBytes = 2 ** 23
const maxRangesBytes = 2 ** 24
/** Protobuf's limit, and so that of a model in one file. */
const maxModelBytes = 2 ** 31 - 1
const maxDocumentBytes = 2 ** 23

/**
 * Checks a pack that draws before ONNX Runtime sees a byte of it: the manifest, that its files and no others are there with the listed sizes
 * and hashes, the structure of every model, the tokenizer. Each file is read once. Throws `packInvalid` with file and rule.
 */
export async function validatePack(folder: string): Promise<ValidPack> {
  const valid = await validateFolder(folder)
  if (!isUpscaler(valid)) return valid
  throw new StudioError('packInvalid', `${manifestFile}: an upscaler, which enlarges pictures and draws none.`)
}

/** As `validatePack`, of a pack of either kind. */
export async function validateFolder(folder: string): Promise<ValidPack | ValidUpscaler> {
  const pieces: Uint8Array[] = []
  const read = await readFileOnce(join(folder, manifestFile), { maxBytes: maxManifestBytes }, (piece) =>
    pieces.push(piece.slice()),
  )
  const manifest = parseAnyManifest(Buffer.concat(pieces))
  await checkListing(folder, manifest)
  let bytes = read.bytes
  for (const file of Object.keys(manifest.files)) bytes += await checkFile(folder, file, manifest)
  return { folder, manifest, sha256: read.sha256, bytes } as ValidPack | ValidUpscaler
}

async function checkListing(folder: string, manifest: AnyManifest): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries) {
    if (entry.name !== manifestFile && !Object.hasOwn(manifest.files, entry.name)) {
      throw new StudioError('packInvalid', `${entry.name}: in the folder, but not listed in pack.json.`)
    }
    if (!entry.isFile()) throw new StudioError('packInvalid', `${entry.name}: not a regular file.`)
  }
}

/** @returns the length of the file in bytes */
async function checkFile(folder: string, file: string, manifest: AnyManifest): Promise<number> {
  const listed = manifest.files[file]
  if (listed === undefined) throw new StudioError('packInvalid', `${file}: not listed in pack.json.`)
  const { take, finish } = isUpscalerManifest(manifest)
    ? upscalerCheck(file, listed.bytes, manifest)
    : contentCheck(file, listed.bytes, manifest)
  const { sha256, bytes } = await readFileOnce(join(folder, file), { bytes: listed.bytes }, take)
  // Before the content is judged: a damaged file should be called damaged, not malformed.
  if (sha256 !== listed.sha256) throw new StudioError('packInvalid', `${file}: its sha256 is not the listed one.`)
  finish()
  return bytes
}

interface ContentCheck {
  readonly take: (piece: Uint8Array) => void
  readonly finish: () => void
}

function upscalerCheck(file: string, bytes: number, { models }: UpscalerManifest): ContentCheck {
  if (models.some((model) => model.file === file)) return modelCheck(file, bytes, upscalerSignature)
  return wholeCheck(file, bytes, maxDocumentBytes, () => {})
}

function contentCheck(file: string, bytes: number, manifest: PackManifest): ContentCheck {
  const session = sessionNames.find((name) => Object.values(manifest.sessions[name] ?? {}).includes(file))
  if (session !== undefined) {
    const name = weightsFileOf(file)
    const weights = manifest.files[name]
    return modelCheck(file, bytes, signatureOf(session, manifest), weights && { name, bytes: weights.bytes })
  }
  // Hashed, and held against the model that describes it.
  if (isWeightsFile(file, manifest)) return { take: () => {}, finish: () => {} }
  if (file === manifest.tokenizer) {
    return wholeCheck(file, bytes, maxTokenizerBytes, (content) => checkTokenizer(file, content, manifest))
  }
  const { clip, text } = manifest
  if (clip !== undefined && file === clip.tokenizer) {
    // Its marks are its last tokens.
    const vocabulary = clip.text.vocabulary ?? Math.max(clip.text.bos, clip.text.eos) + 1
    const ofClip = { ...manifest, text: { ...text, vocabulary } }
    return wholeCheck(file, bytes, maxTokenizerBytes, (content) => checkTokenizer(file, content, ofClip))
  }
  if (file === manifest.golden) {
    return wholeCheck(file, bytes, maxGoldenBytes, (content) => checkGolden(file, content, manifest))
  }
  if (file === manifest.cacheRanges) {
    return wholeCheck(file, bytes, maxRangesBytes, (content) => checkRanges(file, content, manifest))
  }
  return wholeCheck(file, bytes, maxDocumentBytes, () => {})
}

/** Only a transformer is ever that large. */
function isWeightsFile(file: string, { sessions }: PackManifest): boolean {
  return Object.values(sessions.transformer).some((model) => weightsFileOf(model) === file)
}

function modelCheck(file: string, bytes: number, signature: Signature, weights?: WeightsFile): ContentCheck {
  checkLength(file, bytes, maxModelBytes)
  const reader = new MessageReader(file, modelGrammar, bytes)
  let failure: Error | undefined
  return {
    take(piece) {
      if (failure !== undefined) return
      try {
        reader.push(piece)
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error))
      }
    },
    finish() {
      if (failure !== undefined) throw failure
      const model = toOutline(file, reader.finish())
      checkModel(file, model, weights)
      checkSignature(file, model, signature)
    },
  }
}

function wholeCheck(file: string, bytes: number, maxBytes: number, check: (content: Uint8Array) => void): ContentCheck {
  checkLength(file, bytes, maxBytes)
  const pieces: Uint8Array[] = []
  return { take: (piece) => void pieces.push(piece.slice()), finish: () => check(Buffer.concat(pieces)) }
}

function checkLength(file: string, bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) {
    throw new StudioError('packInvalid', `${file}: ${bytes} bytes; at most ${maxBytes} are allowed for its kind.`)
  }
}

function checkGolden(file: string, content: Uint8Array, manifest: PackManifest): void {
  const { image } = manifest
  const result = goldenSchema.safeParse(parseStrictJson(content, { subject: file, maxDepth: 8 }))
  if (!result.success) throw new StudioError('packInvalid', `${file}: ${z.prettifyError(result.error)}`)
  for (const { tokens, precision } of result.data.runs) {
    if (tokens.length !== image.rows * image.columns || tokens.some((code) => code >= image.vocabulary)) {
      throw new StudioError('packInvalid', `${file}: a run's tokens do not fit the pack's grid and vocabulary.`)
    }
    if (!precisionsOf(manifest).includes(precision)) {
      throw new StudioError('packInvalid', `${file}: a run is for ${precision}, which the pack does not have.`)
    }
  }
}

function checkRanges(file: string, content: Uint8Array, { transformer }: PackManifest): void {
  const result = cacheRangesSchema.safeParse(parseStrictJson(content, { subject: file, maxDepth: 8 }))
  if (!result.success) throw new StudioError('packInvalid', `${file}: ${z.prettifyError(result.error)}`)
  const { layers } = result.data
  const channels = transformer.heads * transformer.headDim
  const fits = layers.every(({ keys, values }) => keys.length === channels && values.length === channels)
  if (layers.length === transformer.layers && fits) return
  throw new StudioError(
    'packInvalid',
    `${file}: must have ${channels} keys and ${channels} values for each of ${transformer.layers} layers.`,
  )
}
