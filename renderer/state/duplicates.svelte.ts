import type { DuplicateGroup } from '#app/contract/library-calls.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { FoundPicture } from '#app/domain/organising.ts'

import type { Connection } from './connection.svelte.ts'
import type { Marks } from './marks.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** CLIP similarities from "may be of the same thing" to "cannot be told apart". */
export const strictnesses = [0.9, 0.95, 0.97, 0.99] as const
export type Strictness = (typeof strictnesses)[number]

const picturesAtOnce = 200
/** Groups that are worth a pause; further ones are looked for when asked. */
const groupsAtOnce = 12

/** Near-duplicates of the library, group by group, and which of them are to go. */
export class Duplicates {
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #marks: Marks
  #isOpen = $state(false)
  #strictness = $state<Strictness>(0.97)
  #groups = $state.raw<readonly DuplicateGroup[]>([])
  #examined = $state(0)
  #cursor = $state<string | null>(null)
  #isLooking = $state(false)
  #request = 0

  readonly #shown = $derived(
    this.#groups
      .map((group) => group.filter(({ id }) => !this.#marks.isInTrash(id)))
      .filter((group) => group.length > 1),
  )

  constructor(connection: Connection, notices: Notices, marks: Marks) {
    this.#connection = connection
    this.#notices = notices
    this.#marks = marks
  }

  get isOpen(): boolean {
    return this.#isOpen
  }
  get strictness(): Strictness {
    return this.#strictness
  }
  /** Groups of at least two pictures that are not in the trash, the best of each first. */
  get groups(): readonly DuplicateGroup[] {
    return this.#shown
  }
  get examined(): number {
    return this.#examined
  }
  get isLooking(): boolean {
    return this.#isLooking
  }
  get hasMore(): boolean {
    return this.#cursor !== null
  }

  async open(): Promise<void> {
    this.#isOpen = true
    await this.#restart()
  }
  close(): void {
    this.#request += 1
    this.#isOpen = false
  }
  async beStrict(strictness: Strictness): Promise<void> {
    this.#strictness = strictness
    await this.#restart()
  }

  /** Of every group all but the first: the ones to let go. */
  othersOf(group: DuplicateGroup): readonly PictureId[] {
    return group.slice(1).map(({ id }) => id)
  }

  /** Walks on through the library until there is a screen of groups more, or no more library. */
  async lookFurther(): Promise<void> {
    const request = this.#request
    const wanted = this.#groups.length + groupsAtOnce
    this.#isLooking = true
    await this.#notices.guard(async () => {
      do {
        const page = await this.#connection.api.listDuplicates({
          minSimilarity: this.#strictness,
          cursor: this.#cursor,
          limit: picturesAtOnce,
        })
        if (request !== this.#request) return
        const groups = page.groups.map((group) => [...group].sort(bestFirst))
        this.#marks.learn(groups.flat())
        this.#groups = [...this.#groups, ...groups]
        this.#examined += page.examined
        this.#cursor = page.nextCursor
      } while (this.#cursor !== null && this.#groups.length < wanted)
    })
    if (request === this.#request) this.#isLooking = false
  }

  async #restart(): Promise<void> {
    this.#request += 1
    this.#groups = []
    this.#examined = 0
    this.#cursor = null
    await this.lookFurther()
  }
}

/** What someone would keep: more stars, then a better score, then the older one. */
function bestFirst(a: FoundPicture, b: FoundPicture): number {
  return b.rating - a.rating || (b.clipScore ?? -2) - (a.clipScore ?? -2) || a.createdAt.localeCompare(b.createdAt)
}
