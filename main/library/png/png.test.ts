import { deflateSync } from 'node:zlib'

import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import type { GenerationId, PackId, PictureId } from '#app/domain/ids.ts'

import { createRandom, sampleCandidate } from '../testing/sample.ts'
import { encodePng } from './encode-png.ts'
import { addTexts, pngLimits, readPngTexts } from './png-chunks.ts'
import { addPictureMetadata, readPictureMetadata, type PictureMetadata } from './picture-metadata.ts'
import { parseJson } from './safe-json.ts'

const picture = sampleCandidate(0, createRandom(1), { sidePx: 8 }).picture
const png = await encodePng(picture)

describe('texts of a PNG', () => {
  it('come back as they were written, and the pixels stay', async () => {
    const texts = new Map([
      ['Description', 'ein grüner Hund 🐕'],
      ['Empty', ''],
    ])
    const written = addTexts(png, texts)
    expect(readPngTexts(written)).toEqual({ width: 8, height: 8, texts })
    const pixels = await sharp(written).removeAlpha().raw().toBuffer()
    expect(Array.from(pixels)).toEqual(Array.from(picture.pixels))
  })

  /** @param data of one chunk put after the header, with a right checksum. */
  function withChunk(type: string, data: Uint8Array): Uint8Array {
    const marked = addTexts(png, new Map([['x', 'y']]))
    const crcOf = (bytes: Uint8Array) => {
      let crc = ~0
      for (const byte of bytes) {
        crc ^= byte
        for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
      }
      return ~crc >>> 0
    }
    const chunk = Buffer.alloc(12 + data.length)
    chunk.writeUInt32BE(data.length, 0)
    chunk.write(type, 4, 'latin1')
    chunk.set(data, 8)
    chunk.writeUInt32BE(crcOf(chunk.subarray(4, 8 + data.length)), 8 + data.length)
    return Buffer.concat([marked.subarray(0, 33), chunk, marked.subarray(33)])
  }

  it('are read from tEXt, zTXt and compressed iTXt as other programs write them', () => {
    const zTXt = Buffer.concat([Buffer.from('Comment\0\0'), deflateSync('packed')])
    const iTXt = Buffer.concat([Buffer.from('Title\0\x01\0de\0Titel\0'), deflateSync('Äpfel')])
    expect(readPngTexts(withChunk('tEXt', Buffer.from('Author\0me'))).texts.get('Author')).toBe('me')
    expect(readPngTexts(withChunk('zTXt', zTXt)).texts.get('Comment')).toBe('packed')
    expect(readPngTexts(withChunk('iTXt', iTXt)).texts.get('Title')).toBe('Äpfel')
  })

  it.each<[string, Uint8Array, string]>([
    ['another file', Buffer.from('GIF89a…………'), 'signature'],
    ['a cut file', png.subarray(0, png.length - 6), 'ends within a chunk'],
    ['nothing but a signature', png.subarray(0, 8), 'ends within a chunk'],
    [
      'a length beyond the file',
      Buffer.concat([png.subarray(0, 33), Buffer.from('ffffffff49444154', 'hex'), png]),
      'claims',
    ],
    ['sides of zero', Buffer.concat([png.subarray(0, 16), Buffer.alloc(4), png.subarray(20)]), 'sides'],
    ['sides beyond all bounds', Buffer.concat([png.subarray(0, 16), Buffer.alloc(4, 0x7f), png.subarray(20)]), 'sides'],
    [
      'a bomb',
      withChunk('zTXt', Buffer.concat([Buffer.from('a\0\0'), deflateSync(Buffer.alloc(pngLimits.textBytes + 1))])),
      'damaged or longer',
    ],
    ['a text without keyword', withChunk('tEXt', Buffer.from('\0text')), 'keyword'],
    ['a text without end of keyword', withChunk('tEXt', Buffer.from('text')), 'terminator'],
  ])('refuses %s', (_, bytes, rule) => {
    expect(() => readPngTexts(bytes)).toThrow(rule)
  })

  it('refuses a text whose checksum is wrong', () => {
    const written = addTexts(png, new Map([['Easel', 'text']]))
    written[45]! ^= 1
    expect(() => readPngTexts(written)).toThrow('checksum')
  })

  it('answers or refuses, whatever bytes come', () => {
    const written = Buffer.from(addTexts(png, new Map([['Easel', '{"schemaVersion":1}']])))
    fc.assert(
      fc.property(
        fc.nat(written.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(written.length),
        (at, value, end) => {
          const bytes = Buffer.from(written)
          bytes[at] = value
          try {
            readPictureMetadata(bytes.subarray(0, end))
          } catch (error) {
            expect(error).toBeInstanceOf(StudioError)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('metadata of a picture', () => {
  const id = '01a20901-3852-7318-831a-ef17ed8c34c6'
  const metadata: PictureMetadata = {
    ...{
      schemaVersion: 1,
      software: 'Easel',
      origin: 'easel',
      prompt: 'a red apple',
      seed: 7,
      index: 0,
      candidates: 1,
    },
    ...{ pictureId: id as PictureId, generationId: id as GenerationId, imagePrompt: null, rows: 1, columns: 2 },
    settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 3 },
    pack: { id: 'sample' as PackId, version: '1.0.0', sha256: 'ab'.repeat(32) },
    tokens: Uint16Array.of(3, 8191),
    ...{ perplexity: 2.5, clipScore: 0.3, generationCreatedAt: '2026-01-01T00:00:00.000Z' },
    createdAt: '2026-01-01T00:00:01.000Z',
  }

  it('comes back as it was written', () => {
    expect(readPictureMetadata(addPictureMetadata(png, metadata))).toEqual(metadata)
  })

  it.each([
    { perplexity: Infinity },
    { clipScore: NaN, perplexity: NaN },
    { prompt: 'a'.repeat(4001) },
    { tokens: Uint16Array.of(3) },
    { pack: { ...metadata.pack, version: '1.0.0-'.padEnd(101, 'a') } },
  ])('is not written when it could not be read again: %o', (change) => {
    expect(() => addPictureMetadata(png, { ...metadata, ...change })).toThrow("The picture's metadata is not valid")
  })
})

describe('JSON of strangers', () => {
  it.each(['['.repeat(40) + ']'.repeat(40), '{"a":'.repeat(33) + '1' + '}'.repeat(33)])(
    'is refused when it nests deep',
    (text) => {
      expect(() => parseJson(text)).toThrow('nests deeper')
    },
  )
  it('may hold brackets in its strings', () => {
    expect(parseJson('{"a":"[[[[\\"[[["}', 1)).toEqual({ a: '[[[["[[[' })
  })
})
