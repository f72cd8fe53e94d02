import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import { packManifestSchema, weightsFileOf, type PackManifest } from '#app/domain/pack.ts'
import { upscalerManifestSchema, type UpscalerManifest } from '#app/domain/upscaler.ts'

import { parseStrictJson } from '../strict-json.ts'

export const manifestFile = 'pack.json'
export const maxManifestBytes = 2 ** 20
/** Listed, hashed, never opened by the studio. */
const documentFiles = /^(?:LICENSE|LICENCE|NOTICE|README)(?:\.(?:md|txt))?$/

/** A pack that draws, or one that only enlarges. */
export type AnyManifest = PackManifest | UpscalerManifest

export function isUpscalerManifest(manifest: AnyManifest): manifest is UpscalerManifest {
  return 'kind' in manifest
}

/** Parses the pack.json of a pack that draws and checks that it agrees with itself. Throws `packInvalid`. */
export function parseManifest(bytes: Uint8Array): PackManifest {
  const manifest = parseAnyManifest(bytes)
  if (isUpscalerManifest(manifest)) throw invalid('an upscaler, which enlarges pictures and draws none')
  return manifest
}

/** As `parseManifest`, of a pack of either kind: one that says `"kind": "upscaler"` is judged as such. */
export function parseAnyManifest(bytes: Uint8Array): AnyManifest {
  const value = parseStrictJson(bytes, { subject: manifestFile, maxDepth: 8 })
  if (typeof value === 'object' && value !== null && 'kind' in value) {
    const upscaler = parsed(upscalerManifestSchema, value)
    checkUses(
      upscaler.files,
      upscaler.models.map(({ file }) => file),
    )
    const scales = upscaler.models.map(({ scale }) => scale)
    if (new Set(scales).size !== scales.length) throw invalid('two models have one scale')
    return upscaler
  }
  const manifest = parsed(packManifestSchema, value)
  checkFiles(manifest)
  checkGeometry(manifest)
  return manifest
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(z.prettifyError(result.error))
}

function checkFiles({ files, sessions, tokenizer, golden, cacheRanges, clip }: PackManifest): void {
  const models = Object.values(sessions).flatMap((session) => [session.fp32, session.int8])
  const { fp32, int8 } = sessions.transformer
  if (cacheRanges !== undefined && int8 === undefined) throw invalid('"cacheRanges" needs an int8 transformer')
  const weights = [fp32, int8]
    .filter((file) => file !== undefined)
    .map(weightsFileOf)
    .filter((file) => Object.hasOwn(files, file))
  const used = [...models, ...weights, tokenizer, golden, cacheRanges, clip?.tokenizer]
  checkUses(
    files,
    used.filter((file) => file !== undefined),
  )
}

/** Every file has one use, and every use a file. */
function checkUses(files: PackManifest['files'], used: readonly string[]): void {
  const listed = Object.keys(files)
  if (new Set(listed.map((file) => file.toLowerCase())).size !== listed.length) {
    throw invalid('two files differ only in upper and lower case')
  }
  if (Object.hasOwn(files, manifestFile)) throw invalid(`${manifestFile} cannot list itself`)
  const twice = used.find((file, index) => used.indexOf(file) !== index)
  if (twice !== undefined) throw invalid(`${twice} has two uses`)
  const unlisted = used.find((file) => !Object.hasOwn(files, file))
  if (unlisted !== undefined) throw invalid(`${unlisted} is used but not listed in "files"`)
  const unused = listed.find((file) => !used.includes(file) && !documentFiles.test(file))
  if (unused !== undefined) throw invalid(`${unused} is listed but has no use`)
}

function checkGeometry({ text, image, transformer, sessions, clip }: PackManifest): void {
  if (transformer.attention.length !== transformer.layers) {
    throw invalid(`"attention" names ${transformer.attention.length} layers of ${transformer.layers}`)
  }
  const specials = [text.bos, text.eos, text.pad === 'per-position' ? null : text.pad]
  if (specials.some((id) => id !== null && id >= text.vocabulary)) {
    throw invalid(`bos, eos and pad must be below the text vocabulary, ${text.vocabulary}`)
  }
  const textIds = text.vocabulary + (text.pad === 'per-position' ? text.length : 0)
  if (image.firstId < textIds) throw invalid(`image.firstId is ${image.firstId}; text ids reach ${textIds - 1}`)
  const { rows, paletteRows = 0, paletteLevels = 0 } = image
  if (paletteRows > 0 !== paletteLevels > 0) throw invalid('image needs paletteRows and paletteLevels, or neither')
  if (paletteRows >= rows) throw invalid(`image.paletteRows is ${paletteRows}; it must be below image.rows, ${rows}`)
  const canRank = sessions.clipText !== undefined && sessions.clipImage !== undefined
  if ((sessions.clipText !== undefined || sessions.clipImage !== undefined) && (!canRank || clip === undefined)) {
    throw invalid('CLIP needs "clip" and both sessions, clipText and clipImage')
  }
}

function invalid(rule: string): StudioError {
  return new StudioError('packInvalid', `${manifestFile}: ${rule}.`)
}
