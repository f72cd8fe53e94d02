import type { TimelineDay } from '#app/contract/browsing-calls.ts'
import type { PictureFilter } from '#app/domain/organising.ts'

import type { Connection } from './connection.svelte.ts'

/** The orders in which days are places. */
export type DateOrder = 'newest' | 'oldest'

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
  #days = $state.raw<readonly DayPlace[]>([])
  readonly #ends = $derived([this.#days.at(0)?.day ?? '', this.#days.at(-1)?.day ?? ''].filter(Boolean).sort())
  #request = 0
  #order: DateOrder | null = null

  constructor(connection: Connection) {
    this.#connection = connection
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

  /** A picture came to the top of the list: today has one more. */
  add(): void {
    const today = localDay(new Date())
    const [first, ...others] = this.#days
    const later = (days: readonly DayPlace[]) => days.map((day) => ({ ...day, first: day.first + 1 }))
    if (first?.day === today) this.#days = [{ ...first, pictures: first.pictures + 1 }, ...later(others)]
    else this.#days = [{ day: today, first: 0, pictures: 1 }, ...later(this.#days)]
  }

  clear(): void {
    this.#request += 1
    this.#order = null
    this.#days = []
  }

  /** @returns how many pictures there are on all days; undefined where another reading has begun meanwhile, or it is cleared */
  async read(filter: PictureFilter, order: DateOrder): Promise<number | undefined> {
    this.#order = order
    this.#request += 1
    const request = this.#request
    const utcOffsetMinutes = -new Date().getTimezoneOffset()
    const days = await this.#connection.api.getTimeline({ filter, utcOffsetMinutes })
    if (request !== this.#request) return undefined
    this.#days = toPlaces(order === 'newest' ? days : days.toReversed())
    return days.reduce((sum, { pictures }) => sum + pictures, 0)
  }

  /** Where a day begins in the list; without pictures on it, the next day of the list that has some. */
  placeOf(day: string): number | undefined {
    const isNewestFirst = this.#order !== 'oldest'
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
