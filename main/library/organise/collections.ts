import { StudioError } from '#app/contract/errors.ts'
import type { PictureId } from '#app/domain/ids.ts'
import { collectionNameSchema, type CollectionId, type CollectionSummary } from '#app/domain/organising.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import { checked, keyOfPicture } from './marks.ts'

interface CollectionRow {
  readonly id: string
  readonly name: string
  readonly created_at: number
  readonly pictures: number
}

const select = `SELECT c.id, c.name, c.created_at, (SELECT count(*) FROM collection_pictures AS cp
  JOIN pictures AS p ON p.key = cp.picture_key AND p.deleted_at IS NULL WHERE cp.collection_key = c.key) AS pictures
  FROM collections AS c`

function toCollection(row: CollectionRow): CollectionSummary {
  const { id, name, pictures } = row
  return { id: id as CollectionId, name, pictures, createdAt: new Date(row.created_at).toISOString() }
}

function keyOfCollection(db: ReadableDb, id: CollectionId): number {
  const row = get<{ key: number }>(db, 'SELECT key FROM collections WHERE id = ?', id)
  if (row === undefined) throw new StudioError('notFound', `There is no collection ${id} in the library.`)
  return row.key
}

export function listCollections(db: ReadableDb): readonly CollectionSummary[] {
  return all<CollectionRow>(db, `${select} ORDER BY c.name COLLATE NOCASE, c.key`).map(toCollection)
}

/** Nothing to do when it is there. */
export function addCollection(
  db: WritableDb,
  { id, name, createdMs }: { readonly id: CollectionId; readonly name: string; readonly createdMs: number },
): void {
  const values = [id, checked(collectionNameSchema, name), createdMs]
  run(db, 'INSERT INTO collections (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING', ...values)
}

export function getCollection(db: ReadableDb, id: CollectionId): CollectionSummary {
  keyOfCollection(db, id)
  return toCollection(get<CollectionRow>(db, `${select} WHERE c.id = ?`, id)!)
}

export function renameCollection(db: WritableDb, id: CollectionId, name: string): void {
  run(db, 'UPDATE collections SET name = ? WHERE key = ?', checked(collectionNameSchema, name), keyOfCollection(db, id))
}

/** The pictures stay. */
export function removeCollection(db: WritableDb, id: CollectionId): void {
  run(db, 'DELETE FROM collections WHERE key = ?', keyOfCollection(db, id))
}

export function changeCollection(
  db: WritableDb,
  id: CollectionId,
  change: { readonly add?: readonly PictureId[]; readonly remove?: readonly PictureId[] },
): void {
  inTransaction(db, () => {
    const key = keyOfCollection(db, id)
    const insert = 'INSERT INTO collection_pictures (collection_key, picture_key) VALUES (?, ?) ON CONFLICT DO NOTHING'
    const remove = 'DELETE FROM collection_pictures WHERE collection_key = ? AND picture_key = ?'
    for (const picture of change.add ?? []) run(db, insert, key, keyOfPicture(db, picture))
    for (const picture of change.remove ?? []) run(db, remove, key, keyOfPicture(db, picture))
  })
}
