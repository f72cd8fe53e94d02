import type { EngineEnvelope, EngineMessage } from '#app/contract/engine-protocol.ts'

import type { EngineChild } from './engine-child.ts'

/** The part of Electron's `UtilityProcess` that is used; only the Electron shell imports Electron. */
export interface UtilityProcess {
  postMessage(message: EngineEnvelope): void
  on(event: 'message', listener: (message: EngineMessage) => void): unknown
  once(event: 'exit', listener: (code: number) => void): unknown
  kill(): boolean
}

/** Wraps `utilityProcess.fork(path of process/utility-entry, [], { serviceName: 'engine' })`. */
export function utilityEngine(child: UtilityProcess): EngineChild {
  return {
    post: (envelope) => child.postMessage(envelope),
    listen(onMessage, onExit) {
      child.on('message', onMessage)
      child.once('exit', (code) => onExit(`exit code ${code}`))
    },
    kill: () => void child.kill(),
  }
}
