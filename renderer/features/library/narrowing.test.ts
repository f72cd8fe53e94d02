import { expect, test } from 'vitest'

import type { CollectionId } from '#app/domain/organising.ts'
import type { PackId } from '#app/domain/ids.ts'

import { endOfDay, startOfDay } from './days.ts'
import { listNarrowings } from './narrowing.ts'

const words = { seed: 'Seed', from: 'From', until: 'Up to' }

test('every condition of the panel is said in words; those of the bar and the words searched for are not', () => {
  const filter = {
    ...{ query: 'apple', minRating: 3, minClipScore: 0.2, isBestOfRun: true, hasImagePrompt: true, isDeleted: true },
    ...{ collectionId: 'c' as CollectionId, packId: 'gone' as PackId, tags: ['sea', 'sky'], seed: 7 },
    label: { name: 'a photo of food', minScore: 0.2 },
    createdFrom: startOfDay('2026-11-22'),
    createdBefore: endOfDay('2026-11-23'),
  }
  expect(listNarrowings(filter, words, new Map([['c', 'Postcards']]))).toEqual([
    { field: 'collectionId', text: 'Postcards' },
    { field: 'tags', text: 'sea, sky' },
    { field: 'label', text: 'a photo of food ≥ 0.2' },
    { field: 'packId', text: 'gone' },
    { field: 'seed', text: 'Seed 7' },
    { field: 'createdFrom', text: 'From 2026-11-22' },
    { field: 'createdBefore', text: 'Up to 2026-11-23' },
  ])
  expect(listNarrowings({}, words, new Map())).toEqual([])
})
