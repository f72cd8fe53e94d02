import type { PictureOrder } from '#app/contract/library-calls.ts'

import { fromTheStart, type Position } from '../records/paging.ts'

/**
 * A list is read in stages, each streamed from an index: by stars that is five stars, then four, and so on; by score it
 * is what has one, then what has none. Within a stage the newest comes first, except when the oldest shall.
 */
export interface Stage {
  readonly condition: string | undefined
  readonly isByScore: boolean
  readonly direction: 'ASC' | 'DESC'
}

const newestFirst: Stage = { condition: undefined, isByScore: false, direction: 'DESC' }

export const stagesOf: Readonly<Record<PictureOrder, readonly Stage[]>> = {
  newest: [newestFirst],
  oldest: [{ ...newestFirst, direction: 'ASC' }],
  // The weaker condition beside the stronger one is what its partial index asks for.
  rating: [5, 4, 3, 2, 1, 0].map((stars) => ({
    ...newestFirst,
    condition: stars > 0 ? `p.rating >= ${stars} AND p.rating = ${stars}` : 'p.rating = 0',
  })),
  clipScore: [
    { ...newestFirst, isByScore: true },
    { ...newestFirst, condition: 's.score IS NULL' },
  ],
}

/** Before the first row of a stage. */
export function startOf(stage: Stage): Pick<Position, 'key' | 'value'> {
  return { key: stage.direction === 'DESC' ? fromTheStart : -1, value: Number.MAX_VALUE }
}
