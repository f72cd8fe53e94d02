const mebibyte = 1024 * 1024

/** A picture of 30 MB as base64, and what is around it. */
const withPicture = 42 * mebibyte

/** Longest payload of a call in bytes of JSON. A mask of the largest grid needs less than half of the common limit. */
export function maxPayloadBytes(callName: string): number {
  return callName === 'importPicture' ? withPicture : mebibyte
}
