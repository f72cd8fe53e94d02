import { parse } from 'node:path'

import sharp from 'sharp'

import type { EditingCalls, EncodedPicture } from '#app/contract/editing-calls.ts'
import type { EngineAnswers, RgbPicture } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { PictureDetail } from '#app/domain/picture.ts'
import { psnr, resizePicture } from '#app/kernels/resample.ts'
import { placesOf } from '#app/kernels/token-geometry.ts'
import type { Engine } from '#main/engine/engine.ts'

import { decodePictureFile } from '../decode-picture-file.ts'
import type { StudioParts } from '../parts.ts'
import { importPayload, mirrorPayload } from '../payloads.ts'
import { isEngineDeath } from '../quarantine.ts'
import { readPictureFile } from '../read-resource.ts'
import { parseInput } from '../validation.ts'

/** Pictures that are not drawn: from a file, or a picture of the library mirrored. What is kept is what the model sees of them. */
export function editPictures(parts: StudioParts) {
  return {
    async importPicture(payload) {
      const { name, base64, packId } = parseInput(importPayload, payload)
      const { summary } = await parts.loader.choose(packId)
      checkCanEncode(summary)
      const pixels = await decodePictureFile(Buffer.from(base64, 'base64'), {
        width: summary.pictureWidth,
        height: summary.pictureHeight,
      })
      return keepEncoded(parts, summary, pixels, { prompt: parse(name).name, originText: `The file ${name}` })
    },

    async mirrorPicture(payload) {
      const { pictureId, horizontally, vertically } = parseInput(mirrorPayload, payload)
      if (!horizontally && !vertically) {
        throw new StudioError('invalidRequest', 'Say how to mirror: horizontally, vertically, or both.')
      }
      const picture = parts.library.getPicture(pictureId)
      const { summary } = await parts.packs.find(picture.pack.id)
      checkCanEncode(summary)
      const image = sharp(await readPictureFile(parts.library.pictureFile(pictureId)))
      const { data, info } = await image
        .flip(vertically)
        .flop(horizontally)
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true })
      const pixels = { width: info.width, height: info.height, pixels: new Uint8Array(data) }
      const source = { prompt: picture.prompt, originText: `The picture ${pictureId}, mirrored` }
      return keepEncoded(parts, summary, pixels, { ...source, palette: paletteOf(picture, summary) })
    },
  } satisfies Partial<EditingCalls>
}

/** The colours a mirrored picture keeps to the token: none when it is another pack's. */
function paletteOf({ pack, tokens }: PictureDetail, summary: PackSummary): readonly number[] {
  return pack.sha256 === summary.sha256 ? tokens.slice(0, placesOf(summary).first) : []
}

function checkCanEncode({ id, canEncode }: PackSummary): void {
  if (canEncode) return
  throw new StudioError(
    'packInvalid',
    `The pack "${id}" has no encoder, so it cannot read pictures. Choose one that has.`,
  )
}

interface EncodedSource {
  readonly prompt: string
  readonly originText: string
  /** Tokens of colours to have instead of those the encoder reads; default: none. */
  readonly palette?: readonly number[]
}

async function keepEncoded(
  parts: StudioParts,
  pack: PackSummary,
  pixels: RgbPicture,
  { palette = [], ...source }: EncodedSource,
): Promise<EncodedPicture> {
  const { tokens, reconstruction, psnr, embedding } = await encode(parts, pack, pixels, palette)
  const { id, version, sha256, rows, columns } = pack
  const { candidates: _, ...settings } = pack.sampling
  const generation = parts.library.createGeneration({
    ...source,
    ...{ seed: 0, candidates: 1, settings, rows, columns, imagePrompt: null, origin: 'file' },
    pack: { id, version, sha256 },
  })
  // Nothing was drawn, so nobody knows how sure a model was.
  const unknown = new Float32Array()
  const picture = await parts.library.addCandidate(generation.id, {
    ...{ index: 0, tokens, nlls: unknown, entropies: unknown, perplexity: 0, clipScore: null, embedding },
    picture: reconstruction,
  })
  parts.events.emit({ type: 'candidateFinished', generationId: generation.id, picture })
  return { picture: parts.library.getPicture(picture.id), psnr }
}

async function encode(
  { engine, loader }: StudioParts,
  { id, sha256, version, canRank }: PackSummary,
  pixels: RgbPicture,
  palette: readonly number[],
) {
  await loader.load(id, { id, sha256, version })
  try {
    const encoded = await inPalette(engine, id, pixels, await engine.encodePicture(id, pixels), palette)
    return { ...encoded, embedding: canRank ? await engine.embedPicture(id, encoded.reconstruction) : null }
  } catch (error) {
    if (isEngineDeath(error)) loader.forget()
    throw error
  }
}

/** The same places in given colours: drawn again where those are not the ones the encoder read. */
async function inPalette(
  engine: Engine,
  id: PackId,
  pixels: RgbPicture,
  encoded: EngineAnswers['encodePicture'],
  palette: readonly number[],
): Promise<EngineAnswers['encodePicture']> {
  if (palette.every((code, place) => code === encoded.tokens[place])) return encoded
  const tokens = Uint16Array.from(encoded.tokens, (code, place) => palette[place] ?? code)
  const [reconstruction] = await engine.drawTokens(id, [tokens])
  if (reconstruction === undefined) throw new StudioError('internal', 'The engine drew no picture.')
  const original = resizePicture(pixels, reconstruction.width, reconstruction.height, 'area')
  return { tokens, reconstruction, psnr: psnr(original.pixels, reconstruction.pixels) }
}
