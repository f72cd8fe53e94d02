import type { EngineChild } from '#main/engine/engine-child.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import type { EngineFault } from './engine-fault.ts'
import { forkFaultyEngine } from './faulty-engine.ts'

/** Starts engines, some of them with a fault to come, and notes when each ended. */
export class EngineDeaths {
  /** Faults of the processes that are started next, in order; a process after those has none. */
  readonly planned: EngineFault[] = []
  /** `Date.now()` of every end since the last `forget`. */
  readonly endedAt: number[] = []
  #running: { readonly child: EngineChild; readonly ended: Promise<void> } | undefined

  readonly spawn = (): EngineChild => {
    const fault = this.planned.shift()
    const child = fault === undefined ? forkEngine() : forkFaultyEngine(fault)
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    let isNoted = false
    const note = (): void => {
      if (!isNoted) this.endedAt.push(Date.now())
      isNoted = true
      resolve()
    }
    this.#running = { child, ended }
    return {
      post: (envelope) => child.post(envelope),
      listen: (onMessage, onExit) => {
        child.listen(onMessage, (how) => {
          note()
          onExit(how)
        })
      },
      kill: () => {
        note()
        child.kill()
      },
    }
  }

  /** Ends the engine while it has nothing to do: that must bother nobody. */
  async endIdle(): Promise<void> {
    this.#running?.child.kill()
    await this.#running?.ended
    this.endedAt.length = 0
  }
}
