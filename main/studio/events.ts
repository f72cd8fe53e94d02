import type { StudioEvent } from '#app/contract/studio-api.ts'

export type StudioListener = (event: StudioEvent) => void

export interface EventHub {
  emit(event: StudioEvent): void
  subscribe(listener: StudioListener): () => void
}

/** A listener that throws is the listener's own problem: it never stops a job or another listener. */
export function createEventHub(onListenerError: (error: unknown) => void): EventHub {
  const listeners = new Set<{ readonly call: StudioListener }>()
  return {
    emit(event) {
      for (const listener of [...listeners]) {
        try {
          listener.call(event)
        } catch (error) {
          onListenerError(error)
        }
      }
    },
    subscribe(call) {
      const listener = { call }
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
