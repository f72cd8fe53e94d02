import type { EngineEnvelope, EngineMessage } from '#app/contract/engine-protocol.ts'
import { faultVariable, haveFault, type EngineFault } from './engine-fault.ts'

const fault = process.env[faultVariable] as EngineFault

// Before the engine's own listener, so that the load is never begun.
process.on('message', ({ request }: EngineEnvelope) => {
  if (fault === 'endless load' && request.type === 'loadPack') haveFault(fault)
})
const send = process.send?.bind(process) as ((message: EngineMessage, ...rest: unknown[]) => boolean) | undefined
process.send = (message: EngineMessage, ...rest: unknown[]) => {
  // A moment later, so that the message is on its way.
  if (fault !== 'endless load' && message.type === 'row' && message.row.row === 1) setTimeout(() => haveFault(fault), 5)
  return send?.(message, ...rest) ?? false
}

// The engine itself, unchanged.
await import('#main/engine/process/fork-entry.ts')
