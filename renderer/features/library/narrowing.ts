import type { PictureFilter } from '#app/domain/organising.ts'

import { dayBefore, dayOf } from './days.ts'

/** A condition that the filter bar itself does not show, in words, and what takes it away. */
export interface Narrowing {
  readonly field: keyof PictureFilter
  readonly text: string
}

/** What conditions are called. */
export interface NarrowingWords {
  readonly seed: string
  readonly from: string
  readonly until: string
}

/**
 * The conditions that stand in the panel of further filters, so that none of them is out of sight.
 * @param names of collections and packs, by their ids
 */
export function listNarrowings(
  filter: PictureFilter,
  words: NarrowingWords,
  names: ReadonlyMap<string, string>,
): readonly Narrowing[] {
  const found: Narrowing[] = []
  const add = (field: keyof PictureFilter, text: string): void => void found.push({ field, text })
  const { collectionId, packId, tags = [], label, seed, createdFrom, createdBefore } = filter
  if (collectionId !== undefined) add('collectionId', names.get(collectionId) ?? collectionId)
  if (tags.length > 0) add('tags', tags.join(', '))
  if (label !== undefined) add('label', `${label.name} ≥ ${label.minScore}`)
  if (packId !== undefined) add('packId', names.get(packId) ?? packId)
  if (seed !== undefined) add('seed', `${words.seed} ${seed}`)
  if (createdFrom !== undefined) add('createdFrom', `${words.from} ${dayOf(createdFrom)}`)
  if (createdBefore !== undefined) add('createdBefore', `${words.until} ${dayBefore(createdBefore)}`)
  return found
}
