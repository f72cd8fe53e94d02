import type { CallName, StudioApi, StudioEvent } from '#app/contract/studio-api.ts'

import type { LinkedTransport } from '../transport/linked-transport.ts'

export interface ScriptedTransport extends LinkedTransport {
  /** Every call, in order. */
  readonly calls: readonly { readonly name: CallName; readonly payload: unknown }[]
  emit(event: StudioEvent): void
  setLink(isOpen: boolean): void
}

/** A transport whose answers a test writes down, and whose events and losses it times. */
export function createScriptedTransport(answers: Partial<StudioApi>): ScriptedTransport {
  const listeners = new Set<(event: StudioEvent) => void>()
  const linkListeners = new Set<(isOpen: boolean) => void>()
  const calls: { name: CallName; payload: unknown }[] = []
  return {
    calls,
    async invoke(name, payload) {
      calls.push({ name, payload })
      const answer = answers[name] as ((payload: unknown) => Promise<unknown>) | undefined
      if (answer === undefined) throw new Error(`The test has no answer to ${name}.`)
      return answer(payload)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    watchLink(listener) {
      linkListeners.add(listener)
      return () => linkListeners.delete(listener)
    },
    resourceUrl: (path) => `test:${path}`,
    emit: (event) => listeners.forEach((listener) => listener(event)),
    setLink: (isOpen) => linkListeners.forEach((listener) => listener(isOpen)),
  }
}

/** Lets every answer that is ready arrive. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve()
}

export function createMemoryKeeper() {
  const kept = new Map<string, string>()
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  }
}
