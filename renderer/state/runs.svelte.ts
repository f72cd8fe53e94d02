import { SvelteMap } from 'svelte/reactivity'

import type { QueueEntry, StudioApi, StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationRequest } from '#app/domain/generation.ts'
import type { GenerationId } from '#app/domain/ids.ts'

import type { Connection } from './connection.svelte.ts'
import { EventBatch } from './event-batch.ts'
import type { Notices } from './notices.svelte.ts'
import { Run } from './run.svelte.ts'

const runsKept = 40

/** How often the page follows a run: more often than that nobody can tell rows apart. */
export const followEveryMs = 100

/** The queue, and the runs looked at lately. One of them is on the easel. */
export class Runs {
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #clock: () => number
  readonly #runs = new SvelteMap<GenerationId, Run>()
  readonly #events: EventBatch
  #shownId = $state<GenerationId | null>(null)
  #isLoading = $state(false)

  readonly #shown = $derived(this.#shownId === null ? null : (this.#runs.get(this.#shownId) ?? null))
  readonly #queue = $derived([...this.#runs.values()].filter((run) => !run.isEnded))

  /** @param followMs how often rows and pictures that come fast are taken over; 0 = each by itself */
  constructor(connection: Connection, notices: Notices, clock: () => number = Date.now, followMs = 0) {
    this.#connection = connection
    this.#notices = notices
    this.#clock = clock
    this.#events = new EventBatch((event) => this.#apply(event), followMs)
    connection.listen((event) => this.#events.add(event))
    connection.onReconnect(() => void this.load())
  }

  /** The run on the easel; null = an empty easel. */
  get shown(): Run | null {
    return this.#shown
  }
  /** Jobs that have not ended, oldest first. */
  get queue(): readonly Run[] {
    return this.#queue
  }
  get isLoading(): boolean {
    return this.#isLoading
  }

  find(id: GenerationId): Run | undefined {
    return this.#runs.get(id)
  }

  /** Reads the queue and whatever is shown; the answer to every doubt about missed events. */
  async load(): Promise<void> {
    await this.#notices.guard(async () => {
      const unsure = this.#queue.map((run) => run.generation.id)
      const { answer: entries, news } = await this.#connection.ask((api) => this.#readQueue(api, unsure))
      this.#events.flush()
      // How far they are can be told once it is known which candidates are finished.
      for (const entry of entries) this.#runs.get(entry.generation.id)?.updateQueueEntry(entry)
      for (const event of news) this.#follow(event)
      this.#shownId ??= entries[0]?.generation.id ?? null
    })
  }

  /** Queues a job. What is on the easel stays there. */
  async start(request: GenerationRequest): Promise<Run> {
    const generation = await this.#connection.api.generate(request)
    return this.#upsert(generation.id, () => new Run(generation))
  }

  async cancel(id: GenerationId): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.cancelGeneration({ generationId: id }))
  }

  async show(id: GenerationId): Promise<void> {
    const known = this.#runs.get(id)
    if (known !== undefined) this.#shownId = id
    if (known !== undefined && !known.isEnded) return
    this.#isLoading = known === undefined
    await this.#notices.guard(() => this.#read(id))
    this.#isLoading = false
    if (this.#runs.has(id)) this.#shownId = id
  }

  clear(): void {
    this.#shownId = null
  }

  /** @param unsure runs of which it is not known whether they have ended */
  async #readQueue(api: StudioApi, unsure: readonly GenerationId[]): Promise<readonly QueueEntry[]> {
    const entries = await api.listQueue()
    for (const { generation } of entries) this.#upsert(generation.id, () => new Run(generation))
    const begun = entries.filter(({ generation }) => generation.finishedCandidates > 0)
    const shown = this.#shownId === null ? [] : [this.#shownId]
    const ids = new Set([...unsure, ...begun.map(({ generation }) => generation.id), ...shown])
    await Promise.all([...ids].map((id) => this.#read(id)))
    return entries
  }

  async #read(id: GenerationId): Promise<void> {
    const { answer, news } = await this.#connection.ask((api) => api.getGeneration({ generationId: id }))
    // What waits to be shown came before the answer, and is followed again after it.
    this.#events.flush()
    this.#upsert(id, () => new Run(answer.generation)).update(answer.generation, answer.pictures)
    for (const event of news) if (runOf(event) === id) this.#follow(event)
  }

  #apply(event: StudioEvent): void {
    if (event.type === 'generationQueued') this.#upsert(event.generation.id, () => new Run(event.generation))
    this.#follow(event)
  }

  #follow(event: StudioEvent): void {
    const id = runOf(event)
    if (id !== undefined) this.#runs.get(id)?.apply(event, this.#clock())
  }

  #upsert(id: GenerationId, create: () => Run): Run {
    const known = this.#runs.get(id)
    if (known !== undefined) return known
    const run = create()
    this.#runs.set(id, run)
    for (const [oldId, old] of this.#runs) {
      if (this.#runs.size <= runsKept) break
      if (old.isEnded && oldId !== this.#shownId) this.#runs.delete(oldId)
    }
    return run
  }
}

function runOf(event: StudioEvent): GenerationId | undefined {
  return 'generation' in event ? event.generation.id : 'generationId' in event ? event.generationId : undefined
}
