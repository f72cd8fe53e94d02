import type { EngineEnvelope } from '#app/contract/engine-protocol.ts'

import { serveEngine } from './serve.ts'

let sending = Promise.resolve()

/** Entry of the engine under `child_process.fork` with `serialization: 'advanced'`. */
serveEngine({
  post(message) {
    if (!process.connected) return
    sending = new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()))
  },
  flushed: () => sending,
  listen(onRequest) {
    process.on('message', (envelope) => onRequest(envelope as EngineEnvelope))
    // Without its owner the engine has no purpose; a Ctrl-C in a terminal is the owner's to handle.
    process.on('disconnect', () => process.exit(0))
    process.on('SIGINT', () => undefined)
  },
})
