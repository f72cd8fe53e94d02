import { openStudio } from '#main/studio/open-studio.ts'
import { openTools } from '#main/studio/open-tools.ts'

import { runCli } from '../cli.ts'
import type { RunJson } from '../run-report.ts'
import type { CliRun } from './run-on-fakes.ts'

/** The command line in this process, on the real library, engine and packs that the environment names. */
export async function runOnRealParts(...words: string[]): Promise<CliRun> {
  let [stdout, stderr] = ['', '']
  const exitCode = await runCli(words, {
    writeOut: (text) => (stdout += text),
    writeErr: (text) => (stderr += text),
    terminalColumns: null,
    version: '1.2.3',
    recentLog: () => ['{"event":"message","text":"a line of the log"}'],
    isDebugging: false,
    interruption: () => new AbortController().signal,
    openStudio: (options) => openStudio({ ...options, shell: 'cli' }),
    openTools,
  })
  return { exitCode, stdout, stderr }
}

/** `generate "a red apple" --json …` */
export async function generateApples(...words: string[]): Promise<RunJson> {
  const { exitCode, stdout, stderr } = await runOnRealParts('generate', 'a red apple', '--json', ...words)
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as RunJson
}

export function tokensByIndex({ candidates }: RunJson): Record<number, readonly number[]> {
  return Object.fromEntries(candidates.map(({ index, tokens }) => [index, tokens]))
}
