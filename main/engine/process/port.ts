import type { EngineEnvelope, EngineMessage } from '#app/contract/engine-protocol.ts'

/** The process's side of the channel to its owner: one small file for each kind of parent. */
export interface EnginePort {
  post(message: EngineMessage): void
  listen(onRequest: (envelope: EngineEnvelope) => void): void
}
