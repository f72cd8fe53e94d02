import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import type { EngineMessage } from '#app/contract/engine-protocol.ts'

import type { EngineChild } from './engine-child.ts'
import { engineEnvironment } from './engine-environment.ts'

/**
 * What the process may do besides computing: read files and load native code. It writes nothing and starts nothing, whatever a model makes it do.
 * Node has no permission for networks; that it opens no socket is shown by `npm run security`.
 */
export const enginePermissions = [
  '--permission',
  '--allow-addons',
  '--allow-fs-read=*',
  '--disable-warning=SecurityWarning',
]

/** Starts the engine as a child process of Node. */
export function forkEngine(entry = fileURLToPath(new URL('./process/fork-entry.ts', import.meta.url))): EngineChild {
  return engineChild(fork(entry, { serialization: 'advanced', execArgv: enginePermissions, env: engineEnvironment() }))
}

/** A forked engine as its owner sees it. */
export function engineChild(child: ChildProcess): EngineChild {
  return {
    post(envelope) {
      // A channel that has just closed is followed by `exit`, which fails every pending request.
      if (child.connected) child.send(envelope, () => undefined)
    },
    listen(onMessage, onExit) {
      child.on('message', (message) => onMessage(message as EngineMessage))
      child.once('error', (error) => onExit(error.message))
      child.once('exit', (code, signal) => onExit(signal === null ? `exit code ${code}` : `signal ${signal}`))
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
