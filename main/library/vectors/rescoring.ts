import { StudioError } from '#app/contract/errors.ts'
import type { PackReference } from '#app/domain/generation.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { LabelScore } from '#app/domain/organising.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import { keyOfPicture } from '../organise/marks.ts'
import { keepEmbedding, keepScore } from '../records/add-candidate.ts'
import { toBlob, toFloat32 } from '../records/blobs.ts'
import { keepPack } from '../records/generations.ts'
import { dot } from './vector-index.ts'

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

/** Pictures that the pack has not scored yet, newest first: what a background job goes through. */
export function listUnscored(
  db: ReadableDb,
  pack: PackReference,
  limit: number,
): readonly { id: PictureId; prompt: string }[] {
  return all(
    db,
    `SELECT p.id, pr.text AS prompt FROM pictures AS p JOIN generations AS g ON g.key = p.generation_key
     JOIN prompts AS pr ON pr.key = g.prompt_key
     WHERE p.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM scores AS s JOIN packs AS k ON k.key = s.clip_pack_key
       WHERE s.picture_key = p.key AND k.sha256 = ? AND k.id = ?) ORDER BY p.key DESC LIMIT ?`,
    pack.sha256,
    pack.id,
    limit,
  )
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

/**
 * Keeps a label (the embedding of its words under a CLIP pack) and scores pictures that it has not scored yet, at most
 * so many in one call. @returns how many were scored: fewer than asked = done.
 */
export function scoreLabel(
  db: WritableDb,
  pack: PackReference,
  label: { readonly name: string; readonly embedding: Float32Array },
  limit: number,
): number {
  return inTransaction(db, () => {
    const packKey = keepPack(db, pack)
    const old = get<{ key: number; vector: Uint8Array }>(
      db,
      'SELECT key, vector FROM labels WHERE clip_pack_key = ? AND name = ?',
      packKey,
      label.name,
    )
    const isSame = old !== undefined && Buffer.from(toBlob(label.embedding)).equals(old.vector)
    if (old !== undefined && !isSame) run(db, 'DELETE FROM labels WHERE key = ?', old.key)
    const insert = 'INSERT INTO labels (clip_pack_key, name, vector) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
    run(db, insert, packKey, label.name, toBlob(label.embedding))
    const { key } = get<{ key: number }>(
      db,
      'SELECT key FROM labels WHERE clip_pack_key = ? AND name = ?',
      packKey,
      label.name,
    )!
    const waiting = all<{ picture_key: number; vector: Uint8Array }>(
      db,
      `SELECT e.picture_key, e.vector FROM embeddings AS e WHERE e.clip_pack_key = ? AND NOT EXISTS
         (SELECT 1 FROM label_scores AS l WHERE l.label_key = ? AND l.picture_key = e.picture_key) LIMIT ?`,
      packKey,
      key,
      limit,
    )
    for (const { picture_key: pictureKey, vector } of waiting) {
      const stored = toFloat32(vector)
      if (stored.length !== label.embedding.length) {
        const lengths = `${label.embedding.length} numbers, the pictures' have ${stored.length}`
        throw new StudioError('invalidRequest', `The embedding of the label has ${lengths}.`)
      }
      const sql = 'INSERT INTO label_scores (label_key, picture_key, score) VALUES (?, ?, ?)'
      run(db, sql, key, pictureKey, dot(label.embedding, stored))
    }
    return waiting.length
  })
}

/** What the labels of all packs say of a picture, best first. */
export function listLabelScores(db: ReadableDb, id: PictureId): readonly LabelScore[] {
  return all(
    db,
    `SELECT l.name, s.score, k.id AS packId FROM label_scores AS s JOIN labels AS l ON l.key = s.label_key
     JOIN packs AS k ON k.key = l.clip_pack_key WHERE s.picture_key = ? ORDER BY s.score DESC, l.name`,
    keyOfPicture(db, id),
  )
}
