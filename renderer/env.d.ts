import type { StudioBridge } from '#app/contract/studio-bridge.ts'

declare global {
  interface Window {
    /** Put there by Electron's preload; absent in a browser. */
    readonly easel?: StudioBridge
  }
}
