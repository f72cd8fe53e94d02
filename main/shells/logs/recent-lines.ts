import { LogFile } from './log-file.ts'

const shells = ['electron', 'browser', 'cli'] as const
const timeOf = (line: string): string => /"time":"([^"]+)"/.exec(line)?.[1] ?? ''

/** The newest lines of the logs of all shells by time, oldest first. @param folder default: the user's */
export function recentLines(lines: number, folder?: string): readonly string[] {
  const found = shells.flatMap((shell) => new LogFile(`easel-${shell}`, { folder }).tail(lines))
  return found.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1)).slice(-lines)
}
