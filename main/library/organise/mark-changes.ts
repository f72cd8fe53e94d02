import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import { pictureIdSchema, type PictureId } from '#app/domain/ids.ts'
import type { CollectionId } from '#app/domain/organising.ts'

import { get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { LibraryContext } from '../library-folder.ts'
import { addCollection, changeCollection, removeCollection, renameCollection } from './collections.ts'
import { readChangesAfter, writeChange } from './change-files.ts'
import { changeTags, ratePictures } from './marks.ts'

const pictureIds = z.array(pictureIdSchema).readonly()
const collectionId = z.uuid().transform((id) => id as CollectionId)
/** What a person has said of pictures, which no PNG repeats. */
export const markChangeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rate'), ids: pictureIds, rating: z.number() }),
  z.object({
    ...{ kind: z.literal('tag'), ids: pictureIds },
    ...{ add: z.array(z.string()).optional(), remove: z.array(z.string()).optional() },
  }),
  z.object({ kind: z.literal('addCollection'), id: collectionId, name: z.string(), createdMs: z.number().int() }),
  z.object({ kind: z.literal('renameCollection'), id: collectionId, name: z.string() }),
  z.object({ kind: z.literal('removeCollection'), id: collectionId }),
  z.object({
    ...{ kind: z.literal('changeCollection'), id: collectionId },
    ...{ add: pictureIds.optional(), remove: pictureIds.optional() },
  }),
])
export type MarkChange = z.output<typeof markChangeSchema>

/**
 * Makes a change, and keeps it as a small file until two backups have it, so that marks outlive the database that holds
 * them. The file is durable before the commit: a change that was answered is in both.
 */
export function makeChange({ files, folder }: LibraryContext, db: WritableDb, change: MarkChange): void {
  inTransaction(db, () => {
    apply(db, change)
    const number = lastChange(db) + 1
    keepLast(db, number)
    writeChange(files, folder, number, JSON.stringify(change))
  })
}

/** Makes the changes again that came after what this database knows. One whose pictures or collection are gone costs itself. */
export function repeatChanges(files: FileSystem, folder: string, db: WritableDb): void {
  inTransaction(db, () => {
    for (const { number, text } of readChangesAfter(files, folder, lastChange(db))) {
      const change = parseChange(text)
      if (change !== undefined) repeat(db, change)
      keepLast(db, number)
    }
  })
}

function parseChange(text: string): MarkChange | undefined {
  try {
    return markChangeSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

function repeat(db: WritableDb, change: MarkChange): void {
  const known = (ids: readonly PictureId[] = []) =>
    ids.filter((id) => get(db, 'SELECT 1 FROM pictures WHERE id = ?', id) !== undefined)
  try {
    if (change.kind === 'rate' || change.kind === 'tag') apply(db, { ...change, ids: known(change.ids) })
    else if (change.kind === 'changeCollection')
      apply(db, { ...change, add: known(change.add), remove: known(change.remove) })
    else apply(db, change)
  } catch (error) {
    if (!(error instanceof StudioError)) throw error
  }
}

function apply(db: WritableDb, change: MarkChange): void {
  switch (change.kind) {
    case 'rate':
      return ratePictures(db, change.ids, change.rating)
    case 'tag':
      return changeTags(db, change.ids, change)
    case 'addCollection':
      return addCollection(db, change)
    case 'renameCollection':
      return renameCollection(db, change.id, change.name)
    case 'removeCollection':
      return removeCollection(db, change.id)
    case 'changeCollection':
      return changeCollection(db, change.id, change)
  }
}

/** Number of the newest change that a database holds; 0 = none. */
export function lastChange(db: ReadableDb): number {
  return Number(get<{ value: string }>(db, `SELECT value FROM settings WHERE name = 'lastMarkChange'`)?.value ?? 0)
}

function keepLast(db: WritableDb, number: number): void {
  run(db, `INSERT OR REPLACE INTO settings (name, value) VALUES ('lastMarkChange', ?)`, String(number))
}
