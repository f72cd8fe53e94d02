import { zip, type AsyncZippable } from 'fflate'
import { promisify } from 'node:util'
import sharp from 'sharp'
import type { z } from 'zod'

import type { BrowsingCalls, ExportedFile, ExportFormat } from '#app/contract/browsing-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PictureDetail } from '#app/domain/picture.ts'
import { metadataKeyword } from '#main/library/png/picture-metadata.ts'
import { addTexts, readPngTexts } from '#main/library/png/png-chunks.ts'

import type { StudioParts } from '../parts.ts'
import { wayToEnlarge, type Enlarge } from '../enlarge.ts'
import { cleanName, freeName } from '../export-names.ts'
import { cancelExportPayload, exportPayload } from '../payloads.ts'
import { toXmp } from '../picture-receipts.ts'
import { readPictureFile } from '../read-resource.ts'
import { parseInput } from '../validation.ts'

/** More than this is for `easel library export`, which writes to the disk as it goes. */
const maxBytes = 256 * 2 ** 20
const quality = 92
const endings: Readonly<Record<ExportFormat, string>> = { png: 'png', webp: 'webp', jpeg: 'jpg' }

/** Copies of pictures for the world outside, with or without what made them. Never a path of this machine. */
export function exportPictures(parts: StudioParts): Pick<BrowsingCalls, 'exportPictures' | 'cancelExport'> {
  const underWay = new Map<string, AbortController>()
  return {
    async exportPictures(payload) {
      const request = parseInput(exportPayload, payload)
      const { exportId } = request
      const controller = new AbortController()
      if (exportId !== undefined) {
        if (underWay.has(exportId)) throw new StudioError('invalidRequest', 'An export with this id is under way.')
        underWay.set(exportId, controller)
      }
      try {
        return await pack(parts, request, controller.signal)
      } finally {
        if (exportId !== undefined) underWay.delete(exportId)
      }
    },
    async cancelExport(payload) {
      underWay.get(parseInput(cancelExportPayload, payload).exportId)?.abort()
    },
  }
}

/** @returns null when it was cancelled */
async function pack(
  parts: StudioParts,
  { pictureIds, folder = 'easel', exportId, upscale, ...how }: z.infer<typeof exportPayload>,
  signal: AbortSignal,
): Promise<ExportedFile | null> {
  const { library, events } = parts
  const { format, scale = 1 } = how
  const { enlarge, release } = await wayToEnlarge(parts, scale, upscale)
  const files = new Map<string, Uint8Array>()
  const taken = new Set<string>()
  const ids = new Set(pictureIds)
  let [bytes, done] = [0, 0]
  try {
    for (const id of ids) {
      const file = await convert(await readPictureFile(library.pictureFile(id)), how, enlarge, signal)
      if (file === null || signal.aborted) return null
      bytes += file.length
      if (bytes > maxBytes) {
        const limit = `${maxBytes / 2 ** 20} MB`
        throw new StudioError(
          'invalidRequest',
          `These pictures are more than ${limit}; choose fewer, a smaller size, or use "easel library export".`,
        )
      }
      files.set(freeName(taken, nameOf(library.getPicture(id)), endings[format]), file)
      done += 1
      if (exportId !== undefined) events.emit({ type: 'exportProgressed', exportId, done, total: ids.size })
    }
  } finally {
    await release()
  }
  const [[name, file] = []] = files
  if (files.size === 1 && name !== undefined && file !== undefined) {
    return { name, mediaType: `image/${format}`, base64: Buffer.from(file).toString('base64') }
  }
  const top = cleanName(folder) || 'easel'
  const entries: AsyncZippable = Object.fromEntries([...files].map(([path, data]) => [`${top}/${path}`, data]))
  // Pictures are compressed already.
  const archive = await promisify<AsyncZippable, { level: 0 }, Uint8Array>(zip)(entries, { level: 0 })
  return { name: `${top}.zip`, mediaType: 'application/zip', base64: Buffer.from(archive).toString('base64') }
}

interface Conversion {
  readonly format: ExportFormat
  readonly scale?: number | undefined
  readonly hasReceipt: boolean
}

/** @returns null when it was cancelled */
async function convert(
  png: Uint8Array,
  { format, scale = 1, hasReceipt }: Conversion,
  enlarge: Enlarge,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  if (format === 'png' && scale === 1 && hasReceipt) return png
  const image = await enlarge(sharp(png), signal)
  if (image === null) return null
  const { texts } = readPngTexts(png)
  const receipt = hasReceipt ? texts.get(metadataKeyword) : undefined
  if (format === 'png') {
    const plain = await image.png({ compressionLevel: 9 }).toBuffer()
    return receipt === undefined ? plain : addTexts(plain, new Map([[metadataKeyword, receipt]]))
  }
  const described = receipt === undefined ? image : image.withXmp(toXmp(receipt))
  return format === 'webp'
    ? described.webp({ quality, smartSubsample: true }).toBuffer()
    : described.jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer()
}

/** The words first, so that a folder of them reads like a list of prompts. */
function nameOf({ prompt, index, generation }: PictureDetail): string {
  return `${cleanName(prompt) || 'picture'} ${generation.seed}-${index}`
}
