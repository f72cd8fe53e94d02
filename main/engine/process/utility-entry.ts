import type { EngineEnvelope, EngineMessage } from '#app/contract/engine-protocol.ts'

import { serveEngine } from './serve.ts'

/** What Electron adds to `process` in a utility process; declared here so that only the Electron shell imports its types. */
interface ParentPort {
  postMessage(message: EngineMessage): void
  on(event: 'message', listener: (event: { readonly data: EngineEnvelope }) => void): void
}

const { parentPort } = process as unknown as { readonly parentPort?: ParentPort }
if (parentPort === undefined) throw new Error('utility-entry.ts runs only as an Electron utility process.')

/** Entry of the engine under Electron's `utilityProcess.fork`. */
serveEngine({
  post: (message) => parentPort.postMessage(message),
  flushed: () => Promise.resolve(),
  listen: (onRequest) => parentPort.on('message', ({ data }) => onRequest(data)),
})
