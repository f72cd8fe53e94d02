import { createHash } from 'node:crypto'

/** A number in [0, 1) that depends on nothing but the seed and the key. */
export function hashUnit(seed: number, ...key: readonly string[]): number {
  return (
    createHash('sha256')
      .update([String(seed), ...key].join('\u0000'))
      .digest()
      .readUInt32BE(0) /
    2 ** 32
  )
}

/** Share of colour × object pairs that training never sees, in any style or on any background. */
export const heldOutShare = 0.1

export const isHeldOutPair = (seed: number, concept: string, color: string): boolean =>
  hashUnit(seed, 'color-object', concept, color) < heldOutShare

/** Share of ordered object × object pairs that training never sees in one picture; the other order is held out with them. */
const heldOutObjectPairShare = 0.1

export const isHeldOutObjectPair = (seed: number, first: string, second: string): boolean =>
  hashUnit(seed, 'object-pair', first, second) < heldOutObjectPairShare
