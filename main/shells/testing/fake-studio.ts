import { StudioError } from '#app/contract/errors.ts'
import { resourcePath, type Resource } from '#app/contract/resources.ts'
import { callNames, createApi, type CallName, type StudioEvent } from '#app/contract/studio-api.ts'
import type { StudioServer } from '../serving/studio-server.ts'

export interface FakeCall {
  readonly name: CallName
  readonly payload: unknown
}

/** A studio that only remembers what it was asked: for tests of the way there and back. */
export class FakeStudio implements StudioServer {
  readonly calls: FakeCall[] = []
  readonly results = new Map<CallName, unknown>()
  readonly resources = new Map<string, { bytes: Uint8Array; type: string }>()
  readonly asked: Resource[] = []
  isClosed = false
  readonly #listeners = new Set<(event: StudioEvent) => void>()

  readonly api = createApi({
    invoke: (name, payload) => {
      this.calls.push({ name, payload })
      const result = this.results.get(name)
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result)
    },
  })

  get listenerCount(): number {
    return this.#listeners.size
  }

  subscribe(listener: (event: StudioEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event: StudioEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  readResource(resource: Resource): Promise<{ bytes: Uint8Array; type: string }> {
    this.asked.push(resource)
    const found = this.resources.get(resourcePath(resource))
    return found ? Promise.resolve(found) : Promise.reject(new StudioError('notFound', 'There is no such resource.'))
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }

  /** Makes every call fail. */
  failAll(error: Error = new StudioError('internal', 'broken')): void {
    for (const name of callNames) this.results.set(name, error)
  }
}
