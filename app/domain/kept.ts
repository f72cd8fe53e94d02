import { z } from 'zod'

import { pictureOrders } from '../contract/library-calls.ts'
import { generationIdSchema } from './ids.ts'
import { pictureFilterSchema } from './organising.ts'

export const maxPinnedRuns = 100
export const maxSavedSearches = 100

/** A search of the library under a name. */
export const savedSearchSchema = z.strictObject({
  name: z.string().trim().min(1, 'The name of the search is empty.').max(200),
  /** How the words of `filter.query` are taken. */
  way: z.enum(['words', 'meaning']),
  filter: pictureFilterSchema,
  order: z.enum(pictureOrders),
})
export type SavedSearch = Readonly<z.infer<typeof savedSearchSchema>>

/** Small things that belong to the library and not to one window: kept in its database. */
export const keptSchema = z.strictObject({
  /** Runs at the top of the history, the last pinned first. */
  pinnedRuns: z.array(generationIdSchema).max(maxPinnedRuns),
  /** In alphabetical order of their names, each name once. */
  savedSearches: z.array(savedSearchSchema).max(maxSavedSearches),
})
export type Kept = Readonly<z.infer<typeof keptSchema>>
export const nothingKept: Kept = { pinnedRuns: [], savedSearches: [] }
