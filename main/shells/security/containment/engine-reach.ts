import { fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { EngineMessage } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { EngineChild } from '#main/engine/engine-child.ts'
import { engineEnvironment } from '#main/engine/engine-environment.ts'
import { enginePermissions } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

const strace = '/usr/bin/strace'
const entry = fileURLToPath(new URL('../../../engine/process/fork-entry.ts', import.meta.url))

/** What an engine process reached for beyond reading files and computing, as strace saw it. */
export interface EngineReach {
  /** Calls that opened sockets that could leave the machine. */
  readonly sockets: readonly string[]
  /** Calls that opened files to write, or made folders. Node's permissions do not bind native code. */
  readonly writes: readonly string[]
}

/** Whoever reports something to somebody does not do it at once. */
const lingerMs = 3000

/** Watches an engine process from its start through a load and a job, and a while after. @returns null where there is no strace */
export async function watchEngineReach(environment = engineEnvironment()): Promise<EngineReach | null> {
  if (!existsSync(strace)) return null
  const folder = mkdtempSync(join(tmpdir(), 'easel-reach-'))
  const trace = join(folder, 'trace')
  // A home of its own: what is there already would not be made again.
  const home = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') }
  try {
    const manifest = await makeTinyPack(join(folder, 'pack'))
    const engine = new EngineHost(() => traced(trace, { ...environment, ...home }), {
      watchdog: { loadSeconds: 120, stepSeconds: 120 },
    })
    await engine.loadPack({ packId: manifest.id, folder: join(folder, 'pack'), precision: 'fp32' })
    const job = {
      ...{ jobId: '01890000-0000-7000-8000-000000000001' as GenerationId, packId: manifest.id, prompt: 'the red cat' },
      ...{ seed: 7, candidates: [0, 1], isPreviewWanted: true },
      settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 2 },
    }
    const listener = { onRow: () => undefined, onCandidate: () => undefined }
    await engine.decode(job, listener, new AbortController().signal)
    await setTimeout(lingerMs)
    await engine.close()
    const lines = readFileSync(trace, 'utf8').split('\n')
    if (!lines.some((line) => line.includes('execve('))) throw new Error('strace saw no start of the engine.')
    return {
      sockets: lines.filter((line) => /socket\((?!AF_(?:UNIX|LOCAL|NETLINK))/.test(line)),
      writes: lines.filter((line) => isWrite(line)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Devices and the process's own entries in `/proc` are no files. */
function isWrite(line: string): boolean {
  const isOpened = /openat\(.*\bO_(?:WRONLY|RDWR|CREAT)\b/.test(line) && !/openat\(\w+, "\/(?:dev|proc)\//.test(line)
  return isOpened || /\b(?:mkdir|mkdirat|creat)\(/.test(line)
}

/** The engine as it is always started, under strace. */
function traced(file: string, env: NodeJS.ProcessEnv): EngineChild {
  const execArgv = [
    '-f',
    '-qq',
    '-e',
    'trace=socket,execve,openat,creat,mkdir,mkdirat',
    '-o',
    file,
    process.execPath,
    ...enginePermissions,
  ]
  const child = fork(entry, { serialization: 'advanced', execPath: strace, execArgv, env })
  return {
    post: (envelope) => void child.send(envelope, () => undefined),
    listen: (onMessage, onExit) => {
      child.on('message', (message) => onMessage(message as EngineMessage))
      child.once('exit', (code) => onExit(`exit code ${code}`))
    },
    // strace ends with its child, which ends without its owner.
    kill: () => child.disconnect(),
  }
}
