import type { ContextBridge, IpcRenderer } from 'electron'

import type { CallAnswer } from '#app/contract/call-answer.ts'
import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { StudioBridge } from '#app/contract/studio-bridge.ts'
import { resourceUrlPrefix } from './addresses.ts'
import { callChannel, eventChannel } from './channels.ts'

/** Gives the page three functions, and neither `ipcRenderer` nor its event objects (checklist, point 20). */
export function exposeBridge(contextBridge: ContextBridge, ipcRenderer: IpcRenderer): void {
  const bridge: StudioBridge = {
    invoke: (name, payload) => ipcRenderer.invoke(callChannel, name, payload) as Promise<CallAnswer>,
    subscribe: (listener) => {
      const forward = (_event: unknown, event: StudioEvent): void => listener(event)
      ipcRenderer.on(eventChannel, forward)
      return () => void ipcRenderer.off(eventChannel, forward)
    },
    resourceUrl: (path) => resourceUrlPrefix + path,
  }
  contextBridge.exposeInMainWorld('easel', bridge)
}
