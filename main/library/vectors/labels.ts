import { StudioError } from '#app/contract/errors.ts'
import type { PackReference } from '#app/domain/generation.ts'
import type { PictureId } from '#app/domain/ids.ts'
import { labelNameSchema, type LabelScore, type LabelSummary } from '#app/domain/organising.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import { checked, keyOfPicture } from '../organise/marks.ts'
import { toBlob, toFloat32 } from '../records/blobs.ts'
import { keepPack } from '../records/generations.ts'
import { dot } from './vector-index.ts'

interface LabelRow {
  readonly key: number
  readonly clip_pack_key: number
  readonly vector: Uint8Array
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
    const name = checked(labelNameSchema, label.name)
    const find = 'SELECT key, clip_pack_key, vector FROM labels WHERE clip_pack_key = ? AND name = ?'
    const old = get<LabelRow>(db, find, packKey, name)
    const isSame = old !== undefined && Buffer.from(toBlob(label.embedding)).equals(old.vector)
    if (old !== undefined && !isSame) run(db, 'DELETE FROM labels WHERE key = ?', old.key)
    const insert = 'INSERT INTO labels (clip_pack_key, name, vector) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
    run(db, insert, packKey, name, toBlob(label.embedding))
    return scoreNext(db, get<LabelRow>(db, find, packKey, name)!, limit)
  })
}

/**
 * Scores up to `limit` more pictures with the labels that are kept: pictures drawn, imported or rescored since.
 * @returns how many scores were stored: fewer than asked = done
 */
export function scoreKeptLabels(db: WritableDb, limit: number): number {
  return inTransaction(db, () => {
    let left = limit
    for (const label of all<LabelRow>(db, 'SELECT key, clip_pack_key, vector FROM labels ORDER BY key')) {
      if (left > 0) left -= scoreNext(db, label, left)
    }
    return limit - left
  })
}

/** The newest pictures first. What is counted is found by its index: a label that has everything costs no walk. */
function scoreNext(db: WritableDb, label: LabelRow, limit: number): number {
  const words = toFloat32(label.vector)
  const { waiting: count } = get<{ waiting: number }>(
    db,
    `SELECT (SELECT count(*) FROM embeddings WHERE clip_pack_key = ?)
       - (SELECT count(*) FROM label_scores WHERE label_key = ?) AS waiting`,
    label.clip_pack_key,
    label.key,
  )!
  const waiting = all<{ picture_key: number; vector: Uint8Array }>(
    db,
    `SELECT e.picture_key, e.vector FROM embeddings AS e WHERE e.clip_pack_key = ? AND NOT EXISTS
       (SELECT 1 FROM label_scores AS ls WHERE ls.label_key = ? AND ls.picture_key = e.picture_key)
     ORDER BY e.picture_key DESC LIMIT ?`,
    label.clip_pack_key,
    label.key,
    Math.max(0, Math.min(limit, count)),
  )
  for (const { picture_key: pictureKey, vector } of waiting) {
    const stored = toFloat32(vector)
    if (stored.length !== words.length) {
      const lengths = `${words.length} numbers, the pictures' have ${stored.length}`
      throw new StudioError('invalidRequest', `The embedding of the label has ${lengths}.`)
    }
    const sql = 'INSERT INTO label_scores (label_key, picture_key, score) VALUES (?, ?, ?)'
    run(db, sql, label.key, pictureKey, dot(words, stored))
  }
  return waiting.length
}

/** In alphabetical order; the same words once for each CLIP pack that they were compared under. */
export function listLabels(db: ReadableDb): readonly LabelSummary[] {
  const rows = all<Omit<LabelSummary, 'waiting'> & { readonly embedded: number }>(
    db,
    `SELECT l.name, k.id AS packId, k.version, k.sha256,
       (SELECT count(*) FROM label_scores AS ls WHERE ls.label_key = l.key) AS scored,
       (SELECT count(*) FROM embeddings AS e WHERE e.clip_pack_key = l.clip_pack_key) AS embedded
     FROM labels AS l JOIN packs AS k ON k.key = l.clip_pack_key ORDER BY l.name COLLATE NOCASE, l.key`,
  )
  return rows.map(({ embedded, ...label }) => ({ ...label, waiting: embedded - label.scored }))
}

/** With all its scores. Throws `notFound`. */
export function removeLabel(db: WritableDb, name: string): void {
  if (run(db, 'DELETE FROM labels WHERE name = ?', name) > 0) return
  const names = listLabels(db).map((label) => JSON.stringify(label.name))
  throw new StudioError(
    'notFound',
    names.length === 0
      ? 'There are no labels.'
      : `There is no label ${JSON.stringify(name)}; there are: ${names.join(', ')}.`,
  )
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
