const leastShare = 0.05

/**
 * Whether a golden run was drawn well enough on this machine. Rounding differs between kinds of processors, so a run may branch off late;
 * one that does so at once is wrong.
 * @param equalShare 0 to 1 of the tokens, up to the first that differs
 */
export function isGoodShare(equalShare: number): boolean {
  return equalShare >= leastShare
}
