import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import type { CliRun } from './run-on-fakes.ts'

export interface SpawnedCli {
  readonly child: ChildProcess
  readonly done: Promise<CliRun & { readonly signal: NodeJS.Signals | null }>
  /** Resolves when standard error has said this. */
  heard(text: string): Promise<void>
}

const entry = fileURLToPath(new URL('../entry.ts', import.meta.url))

/** The real command line in a process of its own, as `npm run easel` starts it; library and packs are those of this environment. */
export function spawnCli(...words: readonly string[]): SpawnedCli {
  const child = spawn(process.execPath, [entry, ...words])
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  return {
    child,
    done: new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ ...output, exitCode: code ?? -1, signal }))
    }),
    heard: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (output.stderr.includes(text)) resolve()
        }
        child.stderr.on('data', check)
        child.once('close', () => reject(new Error(`The command ended without saying "${text}": ${output.stderr}`)))
        check()
      }),
  }
}
