import type { PictureId } from '#app/domain/ids.ts'

import { all, type ReadableDb } from '../database/database.ts'

const maxChildren = 1000

/** Pictures drawn from a picture given beside the words, oldest first, at most 1000; without the trash. */
export function listChildren(db: ReadableDb, id: PictureId): readonly PictureId[] {
  return all<{ id: string }>(
    db,
    `SELECT p.id FROM generations AS g JOIN pictures AS p ON p.generation_key = g.key
     WHERE g.image_prompt IS NOT NULL AND json_extract(g.image_prompt, '$.pictureId') = ? AND p.deleted_at IS NULL
     ORDER BY p.key LIMIT ?`,
    id,
    maxChildren,
  ).map((row) => row.id as PictureId)
}
