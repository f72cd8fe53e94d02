import type { QueueEntry } from '#app/contract/studio-api.ts'
import type { GenerationId } from '#app/domain/ids.ts'

type RowProgress = Pick<QueueEntry, 'row' | 'rows' | 'previewVersion'>

/** How far each unfinished job of this session is, for a page that is opened later. */
export interface Progress {
  /** Counts one more finished row; the result's version names the newest previews, 0 = there have been none. */
  advance(id: GenerationId, row: number, rows: number, hasPreviews: boolean): RowProgress
  of(id: GenerationId): RowProgress
  drop(id: GenerationId): void
}

export function createProgress(): Progress {
  const progress = new Map<GenerationId, RowProgress>()
  const of = (id: GenerationId) => progress.get(id) ?? { row: 0, rows: 0, previewVersion: 0 }
  return {
    of,
    advance(id, row, rows, hasPreviews) {
      const next = { row, rows, previewVersion: of(id).previewVersion + (hasPreviews ? 1 : 0) }
      progress.set(id, next)
      return next
    },
    drop: (id) => progress.delete(id),
  }
}
