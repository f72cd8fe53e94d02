import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import type { PictureId } from '#app/domain/ids.ts'
import { ratingSchema, tagSchema } from '#app/domain/organising.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import { toIndexText } from '../search/search-query.ts'

export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new StudioError('invalidRequest', z.prettifyError(result.error))
}

export function keyOfPicture(db: ReadableDb, id: PictureId): number {
  const row = get<{ key: number }>(db, 'SELECT key FROM pictures WHERE id = ?', id)
  if (row === undefined) throw new StudioError('notFound', `There is no picture ${id} in the library.`)
  return row.key
}

/** @param rating 0 takes the stars away. One transaction for all. */
export function ratePictures(db: WritableDb, ids: readonly PictureId[], rating: number): void {
  const stars = checked(ratingSchema, rating)
  inTransaction(db, () => {
    for (const id of ids) run(db, 'UPDATE pictures SET rating = ? WHERE key = ?', stars, keyOfPicture(db, id))
  })
}

export function tagsOf(db: ReadableDb, pictureKey: number): readonly string[] {
  return all<{ name: string }>(
    db,
    `SELECT t.name FROM picture_tags AS pt JOIN tags AS t ON t.key = pt.tag_key WHERE pt.picture_key = ? ORDER BY t.name`,
    pictureKey,
  ).map((tag) => tag.name)
}

/** Tags are the same whatever their case; the first spelling is kept. A tag that no picture has any more is gone. */
export function changeTags(
  db: WritableDb,
  ids: readonly PictureId[],
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): void {
  const added = (change.add ?? []).map((tag) => checked(tagSchema, tag))
  const removed = (change.remove ?? []).map((tag) => checked(tagSchema, tag))
  inTransaction(db, () => {
    for (const tag of added) run(db, 'INSERT INTO tags (name) VALUES (?) ON CONFLICT DO NOTHING', tag)
    for (const id of ids) {
      const key = keyOfPicture(db, id)
      for (const tag of added) {
        run(
          db,
          `INSERT INTO picture_tags (tag_key, picture_key) SELECT key, ? FROM tags WHERE name = ?
           ON CONFLICT DO NOTHING`,
          key,
          tag,
        )
      }
      for (const tag of removed) {
        run(
          db,
          'DELETE FROM picture_tags WHERE picture_key = ? AND tag_key = (SELECT key FROM tags WHERE name = ?)',
          key,
          tag,
        )
      }
      indexPicture(db, key)
    }
    run(db, 'DELETE FROM tags WHERE key NOT IN (SELECT tag_key FROM picture_tags)')
  })
}

/** Full-text entry of a picture: its prompt and its tags. */
export function indexPicture(db: WritableDb, key: number): void {
  const prompt = get<{ text: string }>(
    db,
    `SELECT pr.text FROM pictures AS p JOIN generations AS g ON g.key = p.generation_key
     JOIN prompts AS pr ON pr.key = g.prompt_key WHERE p.key = ?`,
    key,
  )
  run(
    db,
    'INSERT OR REPLACE INTO picture_search (rowid, prompt, tags) VALUES (CAST(? AS INTEGER), ?, ?)',
    key,
    toIndexText(prompt?.text ?? ''),
    toIndexText(tagsOf(db, key).join(' ')),
  )
}

export function listTags(db: ReadableDb): readonly { readonly name: string; readonly pictures: number }[] {
  return all(
    db,
    `SELECT t.name, count(*) AS pictures FROM tags AS t JOIN picture_tags AS pt ON pt.tag_key = t.key
     JOIN pictures AS p ON p.key = pt.picture_key AND p.deleted_at IS NULL GROUP BY t.key ORDER BY t.name`,
  )
}
