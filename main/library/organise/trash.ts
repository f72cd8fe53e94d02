import type { PictureId } from '#app/domain/ids.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import type { ObjectStore } from '../files/object-store.ts'
import { keyOfPicture } from './marks.ts'

export const daysInTrash = 30

function isShown(db: ReadableDb, sha256: string): boolean {
  return get(db, 'SELECT 1 FROM pictures WHERE object_sha256 = ? AND deleted_at IS NULL', sha256) !== undefined
}

/**
 * Tombstones commit first, files move after: a crash between the two leaves files that start-up moves. Undone by
 * `restorePictures` until `emptyTrash`.
 */
export function deletePictures(db: WritableDb, objects: ObjectStore, ids: readonly PictureId[], nowMs: number): void {
  inTransaction(db, () => {
    for (const id of ids) {
      const key = keyOfPicture(db, id)
      run(db, 'UPDATE pictures SET deleted_at = ? WHERE key = ? AND deleted_at IS NULL', nowMs, key)
    }
  })
  moveDeletedFiles(db, objects, ids)
}

/** Files first, then the rows: a row in the library never waits for its file. */
export function restorePictures(db: WritableDb, objects: ObjectStore, ids: readonly PictureId[]): void {
  for (const id of ids) objects.move(objectOfDeleted(db, keyOfPicture(db, id)), 'objects')
  inTransaction(db, () => {
    for (const id of ids) run(db, 'UPDATE pictures SET deleted_at = NULL WHERE key = ?', keyOfPicture(db, id))
  })
}

function objectOfDeleted(db: ReadableDb, key: number): string {
  return get<{ object_sha256: string }>(db, 'SELECT object_sha256 FROM pictures WHERE key = ?', key)!.object_sha256
}

/** Brings files of deleted pictures to the trash that a crash left among the others. @returns how many moved. */
export function moveDeletedFiles(db: ReadableDb, objects: ObjectStore, ids?: readonly PictureId[]): number {
  const hashes = ids
    ? ids.map((id) => objectOfDeleted(db, keyOfPicture(db, id)))
    : all<{ object_sha256: string }>(db, 'SELECT object_sha256 FROM pictures WHERE deleted_at IS NOT NULL').map(
        (row) => row.object_sha256,
      )
  const waiting = [...new Set(hashes)].filter((sha256) => !isShown(db, sha256) && objects.has(sha256, 'objects'))
  for (const sha256 of waiting) objects.move(sha256, 'trash')
  return waiting.length
}

/**
 * Ends what was deleted before a moment: rows first, then files; a crash between leaves files without rows, which is
 * harmless. Prompts and generations stay as history. @returns pictures removed for good.
 */
export function emptyTrash(db: WritableDb, objects: ObjectStore, deletedBeforeMs: number): number {
  const ended = all<{ key: number; object_sha256: string }>(
    db,
    'SELECT key, object_sha256 FROM pictures WHERE deleted_at IS NOT NULL AND deleted_at < ?',
    deletedBeforeMs,
  )
  inTransaction(db, () => {
    for (const { key } of ended) {
      run(db, 'DELETE FROM picture_search WHERE rowid = CAST(? AS INTEGER)', key)
      run(db, 'DELETE FROM pictures WHERE key = ?', key)
    }
  })
  for (const { object_sha256: sha256 } of ended) {
    if (get(db, 'SELECT 1 FROM pictures WHERE object_sha256 = ?', sha256) !== undefined) continue
    objects.unlink(sha256, 'trash')
    objects.unlink(sha256, 'objects')
  }
  return ended.length
}
