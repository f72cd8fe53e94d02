import { crc32, inflateSync } from 'node:zlib'

import { StudioError } from '#app/contract/errors.ts'

/** What a PNG from a stranger may ask of this machine. */
export const pngLimits = {
  fileBytes: 256 * 2 ** 20,
  sidePx: 32_768,
  pixels: 200_000_000,
  chunks: 200_000,
  textChunks: 256,
  /** Of one text, after inflating: ComfyUI's workflows reach a few megabytes. */
  textBytes: 8 * 2 ** 20,
} as const

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

function refuse(rule: string): never {
  throw new StudioError('invalidRequest', `This is not a PNG that Easel reads: ${rule}.`)
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, 'latin1')
  bytes.set(data, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length)
  return bytes
}

/** International text (PNG specification, 11.3.3.4), not compressed: any tool can read it. */
function iTXt(keyword: string, text: string): Buffer {
  // Keyword, NUL, compression flag and method (0, 0), empty language and translated keyword, text.
  return chunk('iTXt', Buffer.from(`${keyword}\0\0\0\0\0${text}`, 'utf8'))
}

/** A copy of the PNG with texts right after its header, where a reader finds them without reading the pixels. */
export function addTexts(png: Uint8Array, texts: ReadonlyMap<string, string>): Uint8Array {
  const headerEnd = signature.length + 25
  const added = [...texts].map(([keyword, text]) => iTXt(keyword, text))
  return Buffer.concat([png.subarray(0, headerEnd), ...added, png.subarray(headerEnd)])
}

export interface PngTexts {
  readonly width: number
  readonly height: number
  /** Keyword → text of the first tEXt, zTXt or iTXt chunk with that keyword. */
  readonly texts: ReadonlyMap<string, string>
}

/**
 * Header and texts of a PNG, checked against `pngLimits` before anything is allocated. Pixels are not looked at.
 * Throws `invalidRequest` naming the rule.
 */
export function readPngTexts(png: Uint8Array): PngTexts {
  if (png.length > pngLimits.fileBytes) refuse(`it is larger than ${pngLimits.fileBytes} bytes`)
  if (signature.some((byte, i) => png[i] !== byte)) refuse('it does not begin with the PNG signature')
  const view = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  const texts = new Map<string, string>()
  let size: { width: number; height: number } | undefined
  let offset = signature.length
  for (let count = 0, textCount = 0; ; count++) {
    if (count > pngLimits.chunks) refuse(`it has more than ${pngLimits.chunks} chunks`)
    if (offset + 12 > view.length) refuse('it ends within a chunk')
    const length = view.readUInt32BE(offset)
    const type = view.toString('latin1', offset + 4, offset + 8)
    const end = offset + 8 + length
    if (end + 4 > view.length) refuse(`chunk ${JSON.stringify(type)} claims ${length} bytes, more than there are`)
    const data = view.subarray(offset + 8, end)
    if (count === 0) size = readHeader(type, data)
    if (type === 'IEND') break
    if (type === 'tEXt' || type === 'zTXt' || type === 'iTXt') {
      if (++textCount > pngLimits.textChunks) refuse(`it has more than ${pngLimits.textChunks} texts`)
      if (length > pngLimits.textBytes) refuse(`a text is longer than ${pngLimits.textBytes} bytes`)
      if (crc32(view.subarray(offset + 4, end)) !== view.readUInt32BE(end)) refuse(`the checksum of a ${type} is wrong`)
      const [keyword, text] = readText(type, data)
      if (!texts.has(keyword)) texts.set(keyword, text)
    }
    offset = end + 4
  }
  if (size === undefined) refuse('it has no header')
  return { ...size, texts }
}

function readHeader(type: string, data: Buffer): { width: number; height: number } {
  if (type !== 'IHDR' || data.length !== 13) refuse('its first chunk is not a header of 13 bytes')
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)]
  if (width < 1 || height < 1 || width > pngLimits.sidePx || height > pngLimits.sidePx) {
    refuse(`its sides are ${width} × ${height}; allowed are 1 to ${pngLimits.sidePx}`)
  }
  if (width * height > pngLimits.pixels) refuse(`it has more than ${pngLimits.pixels} pixels`)
  return { width, height }
}

/** @param from index after the NUL that ends the part before it. */
function nextNul(data: Buffer, from: number): number {
  const at = data.indexOf(0, from)
  return at < 0 ? refuse('a text chunk lacks a terminator') : at
}

function readText(type: string, data: Buffer): readonly [keyword: string, text: string] {
  const keywordEnd = nextNul(data, 0)
  if (keywordEnd < 1 || keywordEnd > 79) refuse('a text keyword is not 1 to 79 characters long')
  const keyword = data.toString('latin1', 0, keywordEnd)
  if (type === 'tEXt') return [keyword, data.toString('latin1', keywordEnd + 1)]
  if (type === 'zTXt') return [keyword, inflate(data.subarray(keywordEnd + 2)).toString('latin1')]
  const isCompressed = data[keywordEnd + 1] === 1
  const translatedEnd = nextNul(data, nextNul(data, keywordEnd + 3) + 1)
  const text = data.subarray(translatedEnd + 1)
  return [keyword, (isCompressed ? inflate(text) : text).toString('utf8')]
}

function inflate(data: Buffer): Buffer {
  try {
    return inflateSync(data, { maxOutputLength: pngLimits.textBytes })
  } catch {
    return refuse(`a compressed text is damaged or longer than ${pngLimits.textBytes} bytes`)
  }
}
