import type { AttentionKind } from '#app/domain/pack.ts'

import type { TransformerDescription } from './model-description.ts'

/** Caches of one layer of a model that shifts tokens: before its attention, of the attention, before its feed-forward. */
export const shiftedCaches = { beforeAttention: 0, attention: 1, beforeMlp: 2, count: 3 } as const

/**
 * How each pair of key and value caches of a transformer reads the past, in their order: one for each layer, or, in a model that shifts
 * tokens, three, because what a branch borrows from earlier positions is looked up with attention (graphs/token-shift.ts).
 */
export function cacheKinds({
  attention,
  isTokenShifted,
}: Pick<TransformerDescription, 'attention' | 'isTokenShifted'>): AttentionKind[] {
  return isTokenShifted === true ? attention.flatMap((kind): AttentionKind[] => ['row', kind, 'row']) : [...attention]
}

/**
 * Whether all that a transformer keeps are keys and values of attention, which a cache in int8 is for: a token shift looks things up in its caches, and
 * the BART decoder reads those of its caption.
 */
export function canQuantiseCache({
  architecture,
  isTokenShifted,
}: Pick<TransformerDescription, 'architecture' | 'isTokenShifted'>): boolean {
  return architecture !== 'bart' && isTokenShifted !== true
}
