import { setImmediate } from 'node:timers/promises'

import type { GenerationId } from '#app/domain/ids.ts'

/** Reason of the abort signal when the studio closes: the job is left as it is and goes on at the next start. */
export const closing = Symbol('closing')

/** One job at a time, in the order they were added. What survives a restart is the library's. */
export interface Queue {
  add(id: GenerationId): void
  /** `waiting`: taken out. `running`: told to stop; resolves when it has. `absent`: not in this queue. */
  cancel(id: GenerationId): Promise<'waiting' | 'running' | 'absent'>
  /** Puts a waiting job at a place among the waiting ones, 0 = next. @returns false when it does not wait here */
  move(id: GenerationId, place: number): boolean
  /** The running job goes on; nothing after it starts before `resume`. */
  pause(): void
  resume(): void
  readonly isPaused: boolean
  /** Stops the running job with reason `closing` and starts nothing before `release`. @returns the job that was stopped, no longer in the queue */
  hold(): Promise<GenerationId | null>
  release(): void
  /** The running job first. */
  ids(): readonly GenerationId[]
  /** Resolves when nothing is running, and nothing waits for anything but `resume`. */
  whenIdle(): Promise<void>
  /** Starts nothing more, stops the running job with reason `closing`, and resolves when it has stopped. */
  close(): Promise<void>
}

/** @param run does one job and never rejects: how it ended is written to the library */
export function createQueue(run: (id: GenerationId, signal: AbortSignal) => Promise<void>): Queue {
  const waiting: GenerationId[] = []
  let running:
    { readonly id: GenerationId; readonly controller: AbortController; readonly done: Promise<void> } | undefined
  let isClosed = false
  let isPaused = false
  let isHeld = false
  let pump: Promise<void> | undefined

  async function work(): Promise<void> {
    for (;;) {
      const id = isClosed || isPaused || isHeld ? undefined : waiting.shift()
      if (id === undefined) return
      const controller = new AbortController()
      running = { id, controller, done: run(id, controller.signal) }
      await running.done
      running = undefined
    }
  }

  function start(): void {
    if (isClosed || isPaused || isHeld) return
    // Not at once: who adds a job has its answer before the job's first event.
    pump ??= setImmediate()
      .then(work)
      .finally(() => {
        pump = undefined
        if (waiting.length > 0) start()
      })
  }

  return {
    add(id) {
      waiting.push(id)
      start()
    },
    async cancel(id) {
      const position = waiting.indexOf(id)
      if (position >= 0) {
        waiting.splice(position, 1)
        return 'waiting'
      }
      if (running?.id !== id) return 'absent'
      running.controller.abort()
      await running.done
      return 'running'
    },
    move(id, place) {
      const position = waiting.indexOf(id)
      if (position < 0) return false
      waiting.splice(position, 1)
      waiting.splice(place, 0, id)
      return true
    },
    pause() {
      isPaused = true
    },
    resume() {
      isPaused = false
      if (waiting.length > 0) start()
    },
    get isPaused() {
      return isPaused
    },
    async hold() {
      isHeld = true
      const stopped = running?.id ?? null
      running?.controller.abort(closing)
      await pump
      return stopped
    },
    release() {
      isHeld = false
      if (waiting.length > 0) start()
    },
    ids: () => [...(running === undefined ? [] : [running.id]), ...waiting],
    async whenIdle() {
      while (pump !== undefined) await pump
    },
    async close() {
      isClosed = true
      running?.controller.abort(closing)
      await pump
    },
  }
}
