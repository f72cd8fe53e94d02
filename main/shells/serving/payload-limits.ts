const mebibyte = 1024 * 1024

/** A picture of 30 MB as base64, and what is around it. */
const withPicture = 42 * mebibyte

/** A part of a checkpoint as base64, and what is around it. */
const withPart = 11 * mebibyte

/** Longest payload of a call in bytes of JSON. A mask of the largest grid needs less than half of the common limit. */
export function maxPayloadBytes(callName: string): number {
  if (callName === 'uploadPart') return withPart
  return callName === 'importPicture' || callName === 'readReceipt' ? withPicture : mebibyte
}
