import type { Precision } from './pack.ts'

/** What the golden runs of a pack, whose tokens are known, give on this machine. */
export interface PackCheck {
  /** One for each golden run; empty when the pack brings none. */
  readonly runs: readonly {
    readonly precision: Precision
    readonly prompt: string
    /** Share of tokens, 0 to 1, up to the first that differs. Rounding differs between kinds of processors, so a late branch is no error. */
    readonly equalShare: number
  }[]
  /** Whether no run is wrong from its beginning. */
  readonly isGood: boolean
  /** What runs where, and why, in the engine's words; empty without runs. */
  readonly where: string
}
