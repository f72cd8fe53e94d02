import { StudioError } from '#app/contract/errors.ts'
import { precisions, type Precision } from '#app/domain/pack.ts'

/**
 * What a pack is drawn with: what is wished where the pack has it, else the reference where there is one; models past 2 GiB have int8 only.
 * @param wish `EASEL_PRECISION`; empty or absent = no wish
 * @throws StudioError invalidRequest for a wish that is no precision
 */
export function choosePrecision(
  available: readonly Precision[],
  wish: string | undefined = process.env.EASEL_PRECISION,
): Precision {
  const wished = precisions.find((precision) => precision === wish)
  if (wish !== undefined && wish !== '' && wished === undefined) {
    throw new StudioError('invalidRequest', `EASEL_PRECISION is "${wish}"; it can be ${precisions.join(', ')}.`)
  }
  if (wished !== undefined && available.includes(wished)) return wished
  return available.includes('fp32') ? 'fp32' : 'int8'
}
