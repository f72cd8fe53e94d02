import type { QueueEntry } from '#app/contract/studio-api.ts'
import type { GenerationId } from '#app/domain/ids.ts'

type RowProgress = Pick<QueueEntry, 'row' | 'rows' | 'previewVersion'>

/** How far each unfinished job of this session is, for a page that is opened later. */
export interface Progress {
  /** Counts one more finished row; the result's version names the previews that go with it. */
  advance(id: GenerationId, row: number, rows: number): RowProgress
  of(id: GenerationId): RowProgress
  drop(id: GenerationId): void
}

export function createProgress(): Progress {
  const progress = new Map<GenerationId, RowProgress>()
  const of = (id: GenerationId) => progress.get(id) ?? { row: 0, rows: 0, previewVersion: 0 }
  return {
    of,
    advance(id, row, rows) {
      const next = { row, rows, previewVersion: of(id).previewVersion + 1 }
      progress.set(id, next)
      return next
    },
    drop: (id) => progress.delete(id),
  }
}
