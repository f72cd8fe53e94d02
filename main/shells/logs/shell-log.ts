import type { StudioInfo } from '#app/contract/studio-api.ts'
import type { StudioLog } from '#main/studio/parts.ts'
import { logToTerminal } from '../log-to-terminal.ts'
import { LogFile, type LogDetails, type LogFileOptions, type LogLevel } from './log-file.ts'
import { PromptFilter } from './prompt-filter.ts'

/** What a shell writes down. */
export interface ShellLog {
  /** For the studio: also to the terminal, from warnings on. */
  readonly log: StudioLog
  /** One structured line; texts in `details` go through the filter. */
  write(level: LogLevel, event: string, details?: LogDetails): void
  /** The words of a payload that must not be written, unless they were asked for. */
  remember(payload: unknown): void
  /** The newest lines, oldest first. */
  tail(lines: number): readonly string[]
  readonly path: string
  /** `EASEL_LOG_PROMPTS=1`: somebody wants prompts in the log. */
  readonly hasPrompts: boolean
}

export function openShellLog(
  shell: StudioInfo['shell'],
  options: LogFileOptions & { readonly hasPrompts?: boolean; readonly isQuiet?: boolean } = {},
): ShellLog {
  const { hasPrompts = process.env['EASEL_LOG_PROMPTS'] === '1', isQuiet = false, ...fileOptions } = options
  const file = new LogFile(`easel-${shell}`, fileOptions)
  const filter = new PromptFilter()
  const clean = (value: LogDetails[string]): LogDetails[string] =>
    typeof value === 'string' && !hasPrompts ? filter.blot(value) : value
  const write: ShellLog['write'] = (level, event, details = {}) => {
    const cleaned = Object.entries(details).map(([key, value]) => [key, clean(value)] as const)
    file.write(level, event, Object.fromEntries(cleaned))
  }
  return {
    write,
    log: (level, text) => {
      write(level, 'message', { text })
      if (!isQuiet) logToTerminal(level, text)
    },
    remember: (payload) => filter.remember(payload),
    tail: (lines) => file.tail(lines),
    path: file.path,
    hasPrompts,
  }
}
