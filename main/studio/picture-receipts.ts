import sharp from 'sharp'

import { StudioError } from '#app/contract/errors.ts'
import { parsePictureMetadata, readPictureMetadata, type PictureMetadata } from '#main/library/png/picture-metadata.ts'

/** Easel's own name in XMP: a URI that is nobody's address. */
const namespace = 'urn:easel:receipt:1'

/** The receipt as XMP, for formats without PNG's texts. @param receipt what Easel writes into its PNGs, word for word */
export function toXmp(receipt: string): string {
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:easel="${namespace}" easel:receipt="${Buffer.from(receipt).toString('base64')}"/></rdf:RDF></x:xmpmeta>`
}

/**
 * What Easel wrote into a PNG, WebP or JPEG; undefined when it is not Easel's.
 * @throws StudioError `invalidRequest` when the file cannot be read, or Easel's text in it is malformed
 */
export async function readReceiptOf(file: Uint8Array): Promise<PictureMetadata | undefined> {
  const isPng = Buffer.from(file.subarray(0, 4)).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))
  if (isPng) return readPictureMetadata(file)
  const xmp = await readXmp(file)
  const found = new RegExp(`xmlns:easel="${namespace}"[^>]*easel:receipt="([A-Za-z0-9+/=]+)"`).exec(xmp)
  return found === null ? undefined : parsePictureMetadata(Buffer.from(found[1]!, 'base64').toString('utf8'))
}

async function readXmp(file: Uint8Array): Promise<string> {
  try {
    return (await sharp(file).metadata()).xmpAsString ?? ''
  } catch (cause) {
    throw new StudioError('invalidRequest', 'This cannot be read as a picture; allowed are PNG, JPEG and WebP.', {
      cause,
    })
  }
}
