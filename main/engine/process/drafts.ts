import type { DecodeJob, RowFinished } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { Likelihood } from '#app/kernels/likelihood.ts'
import { cellCount, checkForcedTokens } from '#app/kernels/token-geometry.ts'

import type { LoadedPack } from './loaded-pack.ts'

/** One candidate being drawn. */
export interface Draft {
  readonly index: number
  readonly tokens: Uint16Array
  readonly nlls: Float32Array
  readonly entropies: Float32Array
  /** Code to force at each cell, −1 = free. */
  readonly forced: Int32Array
}

/**
 * A candidate with nothing drawn yet: what is forced, and over it what is resumed.
 * @throws StudioError invalidRequest when they do not fit the grid
 */
export function draftFor(pack: LoadedPack, job: DecodeJob, index: number): Draft {
  const { geometry, manifest } = pack.transformer
  const { columns, vocabulary } = manifest.image
  const cells = cellCount(geometry)
  const forced = job.forcedTokens === undefined ? new Int32Array(cells).fill(-1) : job.forcedTokens.slice()
  checkForcedTokens(forced, geometry, vocabulary)
  const resumed = job.resume?.get(index)
  if (resumed !== undefined) {
    if (resumed.length > cells || resumed.length % columns !== 0 || resumed.some((code) => code >= vocabulary)) {
      throw new StudioError(
        'invalidRequest',
        `Resumed tokens of candidate ${index} must be whole rows of ${columns} codes below ${vocabulary}.`,
      )
    }
    forced.set(resumed)
  }
  return {
    index,
    tokens: new Uint16Array(cells),
    nlls: new Float32Array(cells),
    entropies: new Float32Array(cells),
    forced,
  }
}

/** Notes the code of a cell and how sure the model was of it. */
export function keepCell(draft: Draft, cell: number, code: number, { nll, entropy }: Likelihood): void {
  draft.tokens[cell] = code
  draft.nlls[cell] = nll
  draft.entropies[cell] = entropy
}

/** Makes what `target` has drawn equal to `source`. */
export function copyDraft(source: Draft, target: Draft): void {
  target.tokens.set(source.tokens)
  target.nlls.set(source.nlls)
  target.entropies.set(source.entropies)
}

/** The last of `rowsDone` finished rows of some candidates. */
export function rowMessage(pack: LoadedPack, drafts: readonly Draft[], rowsDone: number): RowFinished {
  const { rows, columns } = pack.manifest.image
  const tokens = new Uint16Array(drafts.length * columns)
  drafts.forEach(({ tokens: all }, i) =>
    tokens.set(all.subarray((rowsDone - 1) * columns, rowsDone * columns), i * columns),
  )
  return { candidates: drafts.map((draft) => draft.index), row: rowsDone - 1, rows, tokens }
}
