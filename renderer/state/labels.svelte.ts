import { z } from 'zod'

import type { LabelSummary } from '#app/domain/organising.ts'

import type { Connection } from './connection.svelte.ts'
import { keep, readKept, type Keeper } from './keeping.ts'
import type { Notices } from './notices.svelte.ts'

const key = 'easel.labels'
const schema = z.object({ template: z.string().max(150) })

/** Zero-shot labels: words that every picture is compared with. The template is a habit of this window, the labels are the library's. */
export class Labels {
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #keeper: Keeper
  #items = $state.raw<readonly LabelSummary[]>([])
  #template = $state('a picture of {}')
  #isLoaded = $state(false)
  #isReading = false

  constructor(connection: Connection, notices: Notices, keeper: Keeper) {
    this.#connection = connection
    this.#notices = notices
    this.#keeper = keeper
    this.#template = readKept(keeper, key, schema, { template: this.#template }).template
    connection.listen((event) => {
      if (event.type === 'rescoringChanged' && this.#isLoaded && !this.#isReading) void this.load()
    })
  }

  get items(): readonly LabelSummary[] {
    return this.#items
  }
  get isLoaded(): boolean {
    return this.#isLoaded
  }
  /** `{}` stands for a label; without it the label is put at the end. */
  get template(): string {
    return this.#template
  }
  set template(template: string) {
    this.#template = template
    keep(this.#keeper, key, { template })
  }

  async load(): Promise<void> {
    this.#isReading = true
    await this.#notices.guard(async () => {
      this.#items = await this.#connection.api.listLabels()
    })
    this.#isReading = false
    this.#isLoaded = true
  }

  /** @param lines one label a line; empty lines and labels that are there already are passed over */
  async add(lines: string): Promise<void> {
    const known = new Set(this.#items.map(({ name }) => name))
    await this.#notices.guard(async () => {
      for (const name of fillTemplate(this.#template, lines))
        if (!known.has(name)) await this.#connection.api.addLabel({ name })
    })
    await this.load()
  }

  async remove(name: string): Promise<void> {
    await this.#notices.guard(() => this.#connection.api.removeLabel({ name }))
    await this.load()
  }
}

/** The words of each line as the template says them: `a photo of {}` and `dog` make "a photo of dog". Each once. */
export function fillTemplate(template: string, lines: string): readonly string[] {
  const words = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const say = (word: string) => (template.includes('{}') ? template.replaceAll('{}', word) : `${template} ${word}`)
  return [...new Set(words.map((word) => say(word).trim().slice(0, 200)))]
}
