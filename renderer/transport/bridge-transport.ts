import { unwrapAnswer } from '#app/contract/call-answer.ts'
import type { StudioBridge } from '#app/contract/studio-bridge.ts'

import type { LinkedTransport } from './linked-transport.ts'

/** The studio behind Electron's preload. */
export function createBridgeTransport(bridge: StudioBridge): LinkedTransport {
  return {
    invoke: async (name, payload) => unwrapAnswer(await bridge.invoke(name, payload ?? {})),
    subscribe: (listener) => bridge.subscribe(listener),
    resourceUrl: (path) => bridge.resourceUrl(path),
  }
}
