import type { CallAnswer } from './call-answer.ts'
import type { DesktopCallName } from './desktop-calls.ts'
import type { CallName, StudioEvent } from './studio-api.ts'

/** `window.easel`, which Electron's preload gives the page. Errors come as values: an `Error` loses its code on the way through the bridge. */
export interface StudioBridge {
  invoke(name: CallName | DesktopCallName, payload: unknown): Promise<CallAnswer>
  subscribe(listener: (event: StudioEvent) => void): () => void
  resourceUrl(path: string): string
}
