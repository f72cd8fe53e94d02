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
    connection.onReconnect(() => void this.load())
    connection.listen((event) => {
      if (event.type === 'queueChanged') this.#isPaused = event.isPaused
    })
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  async load(): Promise<void> {
    await this.#notices.guard(() => this.#connection.refreshInfo())
    this.#isPaused = this.#connection.info?.isQueuePaused ?? false
  }

  async toggle(): Promise<void> {
    await this.#notices.guard(() =>
      this.#isPaused ? this.#connection.api.resumeQueue() : this.#connection.api.pauseQueue(),
    )
  }

  async moveFirst(generationId: GenerationId): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.moveInQueue({ generationId, place: 0 }))
  }

  /** More candidates of a run that has ended, under the same seed. */
  async continue(generationId: GenerationId, more: number): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.continueGeneration({ generationId, more }))
  }

  async retry(generationId: GenerationId): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.retryGeneration({ generationId }))
  }
}
