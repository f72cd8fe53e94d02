import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import { resourcePath, type Resource } from '#app/contract/resources.ts'
import type { PictureId } from '#app/domain/ids.ts'
import { callNames, createApi, type CallName, type StudioEvent } from '#app/contract/studio-api.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { DesktopStudio } from '../electron/desktop-studio.ts'

export interface FakeCall {
  readonly name: CallName
  readonly payload: unknown
}

/** A studio that only remembers what it was asked: for tests of the way there and back. */
export class FakeStudio implements DesktopStudio {
  readonly calls: FakeCall[] = []
  readonly results = new Map<CallName, unknown>()
  readonly resources = new Map<string, { bytes: Uint8Array; type: string }>()
  readonly asked: Resource[] = []
  readonly installedFiles: string[] = []
  /** Where the PNGs are said to be. */
  pictureFolder = '/library'
  isClosed = false
  /** Every call waits for it. */
  answerAfter: Promise<unknown> = Promise.resolve()
  readonly #listeners = new Set<(event: StudioEvent) => void>()

  readonly api = createApi({
    invoke: async (name, payload) => {
      this.calls.push({ name, payload })
      await this.answerAfter
      const result = this.results.get(name)
      if (result instanceof Error) throw result
      return result
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

  pictureFile(id: PictureId): string {
    return join(this.pictureFolder, `${id}.png`)
  }

  installPackFile(file: string): Promise<PackSummary> {
    if (file.includes('broken')) return Promise.reject(new StudioError('packInvalid', 'The pack file holds nothing.'))
    this.installedFiles.push(file)
    return Promise.resolve({ name: 'Tiny', version: '0.1.0' } as PackSummary)
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
