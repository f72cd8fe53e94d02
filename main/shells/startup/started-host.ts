import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { programFolder } from '../program-folder.ts'

/** A browser shell as a person starts it, in a process of its own. */
export interface StartedHost {
  readonly address: string
  /** From the start of the process until its address was printed, in milliseconds. */
  readonly addressMs: number
  /** Native libraries in its memory, by file name; empty where `/proc` does not tell. */
  libraries(): readonly string[]
  /** Command lines of the processes that it has started; empty where `/proc` does not tell. */
  children(): readonly string[]
  /** What other programs of the same person can read of it and its children: command lines and environments; empty where `/proc` does not tell. */
  visible(): string
  stop(): Promise<void>
}

/** @param libraryFolder its library @throws Error with what it printed when it ends before its address is there */
export async function startHost(libraryFolder: string): Promise<StartedHost> {
  const start = performance.now()
  const entry = join(programFolder(), 'main/shells/browser/entry.ts')
  const child = spawn(process.execPath, [entry, '--headless', '--library', libraryFolder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const address = await readAddress(child)
  const addressMs = performance.now() - start
  const pid = child.pid ?? 0
  return {
    address,
    addressMs,
    libraries: () => librariesOf(pid),
    children: () => childrenOf(pid).map((child) => readText(`/proc/${child}/cmdline`).replaceAll('\0', ' ')),
    visible: () =>
      [String(pid), ...childrenOf(pid)]
        .flatMap((id) => ['cmdline', 'environ'].map((file) => readText(`/proc/${id}/${file}`)))
        .join('\n'),
    async stop() {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}

function readAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const address = /http:\/\/127\.0\.0\.1:\d+\/#code=\S+/.exec(output)?.[0]
      if (address !== undefined) resolve(address)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('close', () => reject(new Error(`The studio ended before it printed an address: ${output}`)))
  })
}

function librariesOf(pid: number): readonly string[] {
  const maps = readText(`/proc/${pid}/maps`)
  return [...new Set([...maps.matchAll(/\/([^/\n]+\.(?:node|so)(?:\.[\d.]+)?)$/gm)].map(([, name]) => name ?? ''))]
}

function childrenOf(pid: number): readonly string[] {
  const threads = listFolder(`/proc/${pid}/task`)
  return threads.flatMap((thread) => readText(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
