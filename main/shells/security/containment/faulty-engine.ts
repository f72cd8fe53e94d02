import { fileURLToPath } from 'node:url'

import type { EngineChild } from '#main/engine/engine-child.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import { faultEnvironment, type EngineFault } from './engine-fault.ts'

const entry = fileURLToPath(new URL('./faulty-entry.ts', import.meta.url))

/** The real engine in a process of its own that will have a fault in the middle of its work. */
export function forkFaultyEngine(fault: EngineFault): EngineChild {
  const wanted = faultEnvironment(fault)
  const before = Object.fromEntries(Object.keys(wanted).map((name) => [name, process.env[name]]))
  Object.assign(process.env, wanted)
  try {
    // A child gets the environment of this moment.
    return forkEngine(entry)
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
