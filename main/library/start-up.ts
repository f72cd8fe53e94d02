import type { PictureId } from '#app/domain/ids.ts'

import { all, get, type ReadableDb } from './database/database.ts'
import type { ObjectStore } from './files/object-store.ts'

/** What a crash could have touched last. */
const newestChecked = 64

/** Pictures among the newest whose file is not where the row says. */
export function findMissingFiles(db: ReadableDb, objects: ObjectStore): readonly PictureId[] {
  return all<{ id: string; object_sha256: string }>(
    db,
    'SELECT id, object_sha256 FROM pictures WHERE deleted_at IS NULL ORDER BY key DESC LIMIT ?',
    newestChecked,
  )
    .filter((picture) => !objects.has(picture.object_sha256))
    .map((picture) => picture.id as PictureId)
}

export function countUnfinished(db: ReadableDb): number {
  return get<{ n: number }>(db, `SELECT count(*) AS n FROM generations WHERE state IN ('queued', 'running')`)!.n
}
