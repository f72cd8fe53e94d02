import { zip, type AsyncZippable } from 'fflate'
import { promisify } from 'node:util'
import sharp from 'sharp'

import type { BrowsingCalls, ExportFormat } from '#app/contract/browsing-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PictureDetail } from '#app/domain/picture.ts'
import { metadataKeyword } from '#main/library/png/picture-metadata.ts'
import { addTexts, readPngTexts } from '#main/library/png/png-chunks.ts'

import type { StudioParts } from '../parts.ts'
import { exportPayload } from '../payloads.ts'
import { toXmp } from '../picture-receipts.ts'
import { readPictureFile } from '../read-resource.ts'
import { parseInput } from '../validation.ts'

/** More than this is for `easel library export`, which writes to the disk as it goes. */
const maxBytes = 256 * 2 ** 20
const quality = 92
const endings: Readonly<Record<ExportFormat, string>> = { png: 'png', webp: 'webp', jpeg: 'jpg' }

/** Copies of pictures for the world outside, with or without what made them. Never a path of this machine. */
export function exportPictures({ library }: StudioParts): BrowsingCalls['exportPictures'] {
  return async (payload) => {
    const { pictureIds, folder = 'easel', ...how } = parseInput(exportPayload, payload)
    const { format } = how
    const files = new Map<string, Uint8Array>()
    let bytes = 0
    for (const id of new Set(pictureIds)) {
      const png = await readPictureFile(library.pictureFile(id))
      const file = await convert(png, how)
      bytes += file.length
      if (bytes > maxBytes) {
        const limit = `${maxBytes / 2 ** 20} MB`
        throw new StudioError(
          'invalidRequest',
          `These pictures are more than ${limit}; choose fewer, a smaller size, or use "easel library export".`,
        )
      }
      files.set(freeName(files, nameOf(library.getPicture(id)), endings[format]), file)
    }
    const [[name, file] = []] = files
    if (files.size === 1 && name !== undefined && file !== undefined) {
      return { name, mediaType: `image/${format}`, base64: Buffer.from(file).toString('base64') }
    }
    const top = cleanName(folder)
    const entries: AsyncZippable = Object.fromEntries([...files].map(([path, data]) => [`${top}/${path}`, data]))
    // Pictures are compressed already.
    const archive = await promisify<AsyncZippable, { level: 0 }, Uint8Array>(zip)(entries, { level: 0 })
    return { name: `${top}.zip`, mediaType: 'application/zip', base64: Buffer.from(archive).toString('base64') }
  }
}

interface Conversion {
  readonly format: ExportFormat
  readonly scale?: number | undefined
  readonly isSmooth?: boolean | undefined
  readonly hasReceipt: boolean
}

async function convert(
  png: Uint8Array,
  { format, scale = 1, isSmooth = false, hasReceipt }: Conversion,
): Promise<Uint8Array> {
  if (format === 'png' && scale === 1 && hasReceipt) return png
  const source = sharp(png)
  const { width, height } = await source.metadata()
  const kernel = isSmooth ? 'lanczos3' : 'nearest'
  const image = scale === 1 ? source : source.resize(width * scale, height * scale, { kernel })
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
  return `${cleanName(prompt).slice(0, 60).trim() || 'picture'} ${generation.seed}-${index}`
}

/** Names that every file system takes: letters, digits and spaces of any script. */
function cleanName(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ').trim() || 'easel'
}

function freeName(files: ReadonlyMap<string, unknown>, name: string, ending: string): string {
  let free = `${name}.${ending}`
  for (let number = 2; files.has(free); number++) free = `${name} (${number}).${ending}`
  return free
}
