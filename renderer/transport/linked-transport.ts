import type { StudioTransport } from '#app/contract/studio-api.ts'

/** A transport that can lose its other side for a while; one that cannot (Electron's) leaves `watchLink` out. */
export interface LinkedTransport extends StudioTransport {
  /** Calls back with every change; events between a loss and the next `true` are lost, so lists must be read again. */
  watchLink?(listener: (isOpen: boolean) => void): () => void
}
