import type { CandidateFinished, RowFinished } from '#app/contract/engine-protocol.ts'
import type { StageSeconds } from '#app/domain/generation.ts'

export type DecodeProgress =
  | { readonly type: 'row'; readonly row: RowFinished }
  | { readonly type: 'candidate'; readonly candidate: CandidateFinished }
  /** A step is done: the moment to hear a cancel. */
  | { readonly type: 'step' }

export type MutableStageSeconds = { -readonly [Stage in keyof StageSeconds]: number }

export function secondsSince(start: number): number {
  return (performance.now() - start) / 1000
}
