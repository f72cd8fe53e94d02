import type { PackReference } from '#app/domain/generation.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { PackScore } from '#app/domain/organising.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import { keyOfPicture } from '../organise/marks.ts'
import { keepEmbedding, keepScore } from '../records/add-candidate.ts'
import { keepPack } from '../records/generations.ts'

const setting = 'clipPackKey'

/** The CLIP pack whose scores are shown; null = of each picture the pack that drew it. Scores of others stay. */
export function chooseClipPack(db: WritableDb, pack: PackReference | null): void {
  if (pack === null) run(db, 'DELETE FROM settings WHERE name = ?', setting)
  else {
    inTransaction(db, () => {
      run(db, 'INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', setting, String(keepPack(db, pack)))
    })
  }
}

/** Null = none was chosen. */
export function readClipPack(db: ReadableDb): PackReference | null {
  return (
    get<PackReference>(
      db,
      `SELECT id, version, sha256 FROM packs
       WHERE key = (SELECT CAST(value AS INTEGER) FROM settings WHERE name = ?)`,
      setting,
    ) ?? null
  )
}

/** Of the pictures that are not in the trash. */
export function countScored(
  db: ReadableDb,
  pack: PackReference,
): { readonly scored: number; readonly waiting: number } {
  const key = findPack(db, pack) ?? -1
  const { scored, shown } = get<{ scored: number; shown: number }>(
    db,
    `SELECT (SELECT count(*) FROM scores WHERE clip_pack_key = ?)
       - (SELECT count(*) FROM pictures AS d JOIN scores AS s ON s.clip_pack_key = ? AND s.picture_key = d.key
          WHERE d.deleted_at IS NOT NULL) AS scored,
       (SELECT count(*) FROM pictures WHERE deleted_at IS NULL) AS shown`,
    key,
    key,
  )!
  return { scored, waiting: shown - scored }
}

/**
 * Pictures that the pack has not scored yet, newest first: what a background job goes through.
 * @param before only older ones than this picture: where the job goes on
 */
export function listUnscored(
  db: ReadableDb,
  pack: PackReference,
  limit: number,
  before?: PictureId,
): readonly { id: PictureId; prompt: string }[] {
  return all(
    db,
    `SELECT p.id, pr.text AS prompt FROM pictures AS p JOIN generations AS g ON g.key = p.generation_key
     JOIN prompts AS pr ON pr.key = g.prompt_key
     WHERE p.deleted_at IS NULL AND p.key < ? AND NOT EXISTS
       (SELECT 1 FROM scores AS s WHERE s.clip_pack_key = ? AND s.picture_key = p.key)
     ORDER BY p.key DESC LIMIT ?`,
    before === undefined ? Number.MAX_SAFE_INTEGER : keyOfPicture(db, before),
    findPack(db, pack) ?? -1,
    limit,
  )
}

/** Every score of a picture with the pack that made it, the one that is shown first. */
export function listScores(db: ReadableDb, id: PictureId): readonly PackScore[] {
  const rows = all<Omit<PackScore, 'isShown'> & { readonly isShown: number }>(
    db,
    `SELECT k.id AS packId, k.version, k.sha256, s.score, s.clip_pack_key = coalesce(
       (SELECT CAST(value AS INTEGER) FROM settings WHERE name = '${setting}'), g.pack_key) AS isShown
     FROM pictures AS p JOIN generations AS g ON g.key = p.generation_key
     JOIN scores AS s ON s.picture_key = p.key JOIN packs AS k ON k.key = s.clip_pack_key
     WHERE p.key = ? ORDER BY isShown DESC, k.id, k.version`,
    keyOfPicture(db, id),
  )
  return rows.map((row) => ({ ...row, isShown: row.isShown === 1 }))
}

export function findPack(db: ReadableDb, { id, version, sha256 }: PackReference): number | undefined {
  const sql = 'SELECT key FROM packs WHERE id = ? AND version = ? AND sha256 = ?'
  return get<{ key: number }>(db, sql, id, version, sha256)?.key
}

/** @returns true when an embedding of that pack was there and is another one now. */
export function addScore(
  db: WritableDb,
  pack: PackReference,
  id: PictureId,
  scored: { readonly score: number; readonly embedding: Float32Array },
): boolean {
  return inTransaction(db, () => {
    const [packKey, key] = [keepPack(db, pack), keyOfPicture(db, id)]
    const sql = 'SELECT 1 FROM embeddings WHERE clip_pack_key = ? AND picture_key = ?'
    const isReplaced = get(db, sql, packKey, key) !== undefined
    keepScore(db, packKey, key, scored.score)
    keepEmbedding(db, packKey, key, scored.embedding)
    return isReplaced
  })
}
