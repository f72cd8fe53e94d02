import type { TimelineDay } from '#app/contract/browsing-calls.ts'
import type { PictureFilter } from '#app/domain/organising.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** Long enough for a word to be typed on, and for the list itself to be drawn first. */
const pauseMs = 300

/** A day with pictures, as a place in the list. */
export interface DayPlace {
  /** `2026-11-22`, local. */
  readonly day: string
  /** Of the first of its pictures in the list. */
  readonly first: number
  readonly pictures: number
}

/** The days of a list that goes by date. */
export class Timeline {
  readonly #connection: Connection
  readonly #notices: Notices
  #days = $state.raw<readonly DayPlace[]>([])
  readonly #ends = $derived([this.#days.at(0)?.day ?? '', this.#days.at(-1)?.day ?? ''].filter(Boolean).sort())
  #timer: ReturnType<typeof setTimeout> | undefined
  #request = 0
  #asked: { readonly filter: PictureFilter; readonly order: 'newest' | 'oldest' } | null = null

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
  }

  /** In the order of the list; empty when it does not go by date. */
  get days(): readonly DayPlace[] {
    return this.#days
  }

  get earliest(): string | undefined {
    return this.#ends.at(0)
  }
  get latest(): string | undefined {
    return this.#ends.at(-1)
  }

  readSoon(filter: PictureFilter, order: string): void {
    this.#asked = { filter, order: order === 'oldest' ? 'oldest' : 'newest' }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.read(), pauseMs)
  }

  /** A picture came to the top of the list: today has one more. */
  add(): void {
    const today = localDay(new Date())
    const [first, ...others] = this.#days
    const later = (days: readonly DayPlace[]) => days.map((day) => ({ ...day, first: day.first + 1 }))
    if (first?.day === today) this.#days = [{ ...first, pictures: first.pictures + 1 }, ...later(others)]
    else this.#days = [{ day: today, first: 0, pictures: 1 }, ...later(this.#days)]
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#request += 1
    this.#asked = null
    this.#days = []
  }

  async read(): Promise<void> {
    const asked = this.#asked
    if (asked === null) return
    this.#request += 1
    const request = this.#request
    await this.#notices.guard(async () => {
      const utcOffsetMinutes = -new Date().getTimezoneOffset()
      const days = await this.#connection.api.getTimeline({ filter: asked.filter, utcOffsetMinutes })
      if (request === this.#request) this.#days = toPlaces(asked.order === 'newest' ? days : days.toReversed())
    })
  }

  /** Where a day begins in the list; without pictures on it, the next day of the list that has some. */
  placeOf(day: string): number | undefined {
    const isNewestFirst = this.#asked?.order !== 'oldest'
    const found = this.#days.find((known) => (isNewestFirst ? known.day <= day : known.day >= day))
    return (found ?? this.#days.at(-1))?.first
  }

  /** The day that a place of the list belongs to. */
  dayAt(place: number): DayPlace | undefined {
    let low = 0
    let high = this.#days.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#days[middle]?.first ?? 0) <= place) low = middle
      else high = middle - 1
    }
    return this.#days[low]
  }
}

function toPlaces(days: readonly TimelineDay[]): readonly DayPlace[] {
  let first = 0
  return days.map(({ day, pictures }) => {
    const place = { day, first, pictures }
    first += pictures
    return place
  })
}

/** `2026-11-22` of a moment, local. */
export function localDay(date: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
