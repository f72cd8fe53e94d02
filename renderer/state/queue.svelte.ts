import type { GenerationId } from '#app/domain/ids.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** What can be done to waiting jobs as a whole. The jobs themselves are in `Runs`. */
export class QueueControl {
  readonly #connection: Connection
  readonly #notices: Notices
  #isPaused = $state(false)

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
  }

  /** As far as this page knows: pausing is not announced. */
  get isPaused(): boolean {
    return this.#isPaused
  }
  async toggle(): Promise<void> {
    await this.#notices.guard(async () => {
      await (this.#isPaused ? this.#connection.api.resumeQueue() : this.#connection.api.pauseQueue())
      this.#isPaused = !this.#isPaused
    })
  }

  async moveFirst(generationId: GenerationId): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.moveInQueue({ generationId, place: 0 }))
  }

  async retry(generationId: GenerationId): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.retryGeneration({ generationId }))
  }
}
