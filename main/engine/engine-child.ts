import type { EngineEnvelope, EngineMessage } from '#app/contract/engine-protocol.ts'

/** All the host knows of an engine process. */
export interface EngineChild {
  post(envelope: EngineEnvelope): void
  /** @param onExit called once, with a few words on how it ended */
  listen(onMessage: (message: EngineMessage) => void, onExit: (how: string) => void): void
  /** Ends it at once. */
  kill(): void
}

export type SpawnEngine = () => EngineChild
