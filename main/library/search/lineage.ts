import { StudioError } from '#app/contract/errors.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { PictureSummary, PictureVersion } from '#app/domain/picture.ts'

import { all, get, type ReadableDb } from '../database/database.ts'
import { pictureColumns, pictureJoins, scoreJoin, toPicture, type PictureRow } from '../records/rows.ts'

/** A family larger than this is shown in part. */
const maxVersions = 1000

/**
 * Every picture that was drawn from the same first one, and what each was drawn from; a parent comes before its children,
 * older children before younger ones. The first one was drawn from words alone, or what it was drawn from is gone.
 * Without the trash, but for the picture and the line up to the first. Throws `notFound`.
 */
export function listVersions(db: ReadableDb, id: PictureId): readonly PictureVersion[] {
  const versions = lineOf(db, id)
  const known = new Set(versions.map(({ pictureId }) => pictureId))
  // Each is looked under, the ones found here too: a list may grow while it is walked.
  for (const { pictureId: parentId } of versions) {
    for (const picture of childrenOf(db, parentId)) {
      if (versions.length >= maxVersions) return versions
      if (!known.has(picture.id)) versions.push({ pictureId: picture.id, parentId, picture })
      known.add(picture.id)
    }
  }
  return versions
}

/** From the first picture down to this one. */
function lineOf(db: ReadableDb, id: PictureId): PictureVersion[] {
  const line: PictureVersion[] = []
  let child = pictureOf(db, id)
  if (child === undefined) throw new StudioError('notFound', `There is no picture ${id} in the library.`)
  // A merged archive can say anything: that two pictures come from each other, too.
  const known = new Set<PictureId>()
  while (child !== undefined && line.length < maxVersions) {
    known.add(child.id)
    const above: PictureSummary | undefined = parentOf(db, child.id)
    const parent = above === undefined || known.has(above.id) ? undefined : above
    line.unshift({ pictureId: child.id, parentId: parent?.id ?? null, picture: child })
    child = parent
  }
  return line
}

function pictureOf(db: ReadableDb, id: string): PictureSummary | undefined {
  const row = get<PictureRow>(db, `SELECT ${pictureColumns} FROM pictures AS p ${pictureJoins} WHERE p.id = ?`, id)
  return row && toPicture(row)
}

function parentOf(db: ReadableDb, id: PictureId): PictureSummary | undefined {
  const row = get<{ parent: string | null }>(
    db,
    `SELECT json_extract(g.image_prompt, '$.pictureId') AS parent
     FROM pictures AS p JOIN generations AS g ON g.key = p.generation_key WHERE p.id = ?`,
    id,
  )
  return typeof row?.parent === 'string' ? pictureOf(db, row.parent) : undefined
}

function childrenOf(db: ReadableDb, id: PictureId): readonly PictureSummary[] {
  return all<PictureRow>(
    db,
    `SELECT ${pictureColumns} FROM generations AS g CROSS JOIN pictures AS p ON p.generation_key = g.key
     JOIN prompts AS pr ON pr.key = g.prompt_key ${scoreJoin}
     WHERE g.image_prompt IS NOT NULL AND json_extract(g.image_prompt, '$.pictureId') = ? AND p.deleted_at IS NULL
     ORDER BY p.key LIMIT ?`,
    id,
    maxVersions,
  ).map(toPicture)
}
