import type { EngineEnvelope, EngineMessage } from '#app/contract/engine-protocol.ts'

/** The process's side of the channel to its owner: one small file for each kind of parent. */
export interface EnginePort {
  post(message: EngineMessage): void
  /** Resolves when what was posted is on its way: a step blocks the thread, and what is large waits for it piece by piece. */
  flushed(): Promise<void>
  listen(onRequest: (envelope: EngineEnvelope) => void): void
}
