import type { OpenStudioOptions } from '#main/studio/open-studio.ts'
import type { Tools } from '#main/studio/open-tools.ts'
import type { Studio } from '#main/studio/studio.ts'

/** What the commands know of the process they run in; tests hand in their own. */
export interface CliContext {
  /** Standard output: results only. */
  readonly writeOut: (text: string) => void
  /** Standard error: progress and messages. */
  readonly writeErr: (text: string) => void
  /** Width of the terminal that standard error is, null when it is none (then no bar is drawn). */
  readonly terminalColumns: number | null
  /** Takes Ctrl-C over: the first one aborts the signal, a second one ends the process. */
  interruption(): AbortSignal
  readonly version: string
  /** The newest lines of the logs of all shells, oldest first. */
  readonly recentLog: (lines: number) => readonly string[]
  /** Failures show their stack. */
  readonly isDebugging: boolean
  openStudio(options: Omit<OpenStudioOptions, 'shell'>): Promise<Studio>
  /** Packs and an engine, without a library. */
  openTools(): Tools
}

/** Exit codes (documented in `easel --help`). */
export const exitCodes = { done: 0, failed: 1, wrongUsage: 2, interrupted: 130 } as const
