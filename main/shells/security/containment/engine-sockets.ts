import { fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { EngineMessage } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { EngineChild } from '#main/engine/engine-child.ts'
import { enginePermissions } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

const strace = '/usr/bin/strace'
const entry = fileURLToPath(new URL('../../../engine/process/fork-entry.ts', import.meta.url))

/**
 * The calls with which an engine process opened sockets that could leave the machine, from its start through a load and a job, as strace saw them.
 * @returns null where there is no strace
 */
export async function engineSockets(): Promise<readonly string[] | null> {
  if (!existsSync(strace)) return null
  const folder = mkdtempSync(join(tmpdir(), 'easel-sockets-'))
  const trace = join(folder, 'trace')
  try {
    const manifest = await makeTinyPack(join(folder, 'pack'))
    const engine = new EngineHost(() => traced(trace), { watchdog: { loadSeconds: 120, stepSeconds: 120 } })
    await engine.loadPack({ packId: manifest.id, folder: join(folder, 'pack'), precision: 'fp32' })
    const job = {
      ...{ jobId: '01890000-0000-7000-8000-000000000001' as GenerationId, packId: manifest.id, prompt: 'the red cat' },
      ...{ seed: 7, candidates: [0, 1], isPreviewWanted: true },
      settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 2 },
    }
    const listener = { onRow: () => undefined, onCandidate: () => undefined }
    await engine.decode(job, listener, new AbortController().signal)
    await engine.close()
    const lines = readFileSync(trace, 'utf8').split('\n')
    if (!lines.some((line) => line.includes('execve('))) throw new Error('strace saw no start of the engine.')
    return lines.filter((line) => /socket\((?!AF_(?:UNIX|LOCAL|NETLINK))/.test(line))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The engine as it is always started, under strace. */
function traced(file: string): EngineChild {
  const execArgv = ['-f', '-qq', '-e', 'trace=socket,execve', '-o', file, process.execPath, ...enginePermissions]
  const child = fork(entry, { serialization: 'advanced', execPath: strace, execArgv })
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
