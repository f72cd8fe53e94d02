import type { StudioTransport } from '#app/contract/studio-api.ts'

declare global {
  interface Window {
    /** Put there by Electron's preload; absent in a browser. */
    readonly easel?: StudioTransport
  }
}
