import { StudioError } from '#app/contract/errors.ts'
import type { Page, PageRequest } from '#app/contract/studio-api.ts'
import type { GenerationState, GenerationSummary, PackReference, StageSeconds } from '#app/domain/generation.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import type { Origin } from '#app/domain/organising.ts'

import { all, get, inTransaction, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import type { NewGeneration } from '../library.ts'
import { toIndexText, toSearchQuery } from '../search/search-query.ts'
import { newUuid, nextKey } from './keys.ts'
import { fromTheStart, readLimit, readPosition, toPage } from './paging.ts'
import { generationColumns, generationJoins, scoreJoin, toGeneration, type GenerationRow } from './rows.ts'

const shownBest = 8
/** Among so many newest jobs those are looked for that a full disk ended. */
const newestLookedAt = 1000

export function keepPrompt(db: WritableDb, text: string): number {
  run(db, 'INSERT INTO prompts (text) VALUES (?) ON CONFLICT DO NOTHING', text)
  return get<{ key: number }>(db, 'SELECT key FROM prompts WHERE text = ?', text)!.key
}

export function keepPack(db: WritableDb, pack: PackReference): number {
  const values = [pack.id, pack.version, pack.sha256]
  run(db, 'INSERT INTO packs (id, version, sha256) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', ...values)
  return get<{ key: number }>(db, 'SELECT key FROM packs WHERE id = ? AND version = ? AND sha256 = ?', ...values)!.key
}

/** A generation with the identity and times it already has: a new job, a rebuilt one or one merged from elsewhere. */
export interface GenerationRecord extends NewGeneration {
  readonly id: GenerationId
  readonly state: GenerationState
  readonly createdMs: number
  readonly finishedMs: number | null
  readonly seconds: StageSeconds | null
  /** Default `easel`. */
  readonly origin?: Origin
  readonly originText?: string | undefined
}

/** @returns key of the row. Call inside a transaction. */
export function insertGeneration(db: WritableDb, record: GenerationRecord): number {
  const key = nextKey(db, 'generations', record.createdMs)
  run(
    db,
    `INSERT INTO generations (key, id, prompt_key, pack_key, seed, candidates, settings, rows, columns, image_prompt,
       state, created_at, finished_at, seconds, origin, origin_text)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    record.id,
    keepPrompt(db, record.prompt),
    keepPack(db, record.pack),
    record.seed,
    record.candidates,
    JSON.stringify(record.settings),
    record.rows,
    record.columns,
    record.imagePrompt === null ? null : JSON.stringify(record.imagePrompt),
    record.state,
    record.createdMs,
    record.finishedMs,
    record.seconds === null ? null : JSON.stringify(record.seconds),
    record.origin ?? 'easel',
    record.originText ?? null,
  )
  run(
    db,
    'INSERT INTO generation_search (rowid, prompt) VALUES (CAST(? AS INTEGER), ?)',
    key,
    toIndexText(record.prompt),
  )
  return key
}

export function createGeneration(db: WritableDb, generation: NewGeneration, nowMs: number): GenerationSummary {
  const id = newUuid(nowMs) as GenerationId
  // What was read from a file is never taken for a job after a crash.
  const isDrawn = (generation.origin ?? 'easel') === 'easel'
  const state = isDrawn
    ? ({ state: 'queued', finishedMs: null } as const)
    : ({ state: 'finished', finishedMs: nowMs } as const)
  inTransaction(db, () => insertGeneration(db, { ...generation, ...state, id, createdMs: nowMs, seconds: null }))
  return getGeneration(db, id)
}

export function setGenerationState(
  db: WritableDb,
  id: GenerationId,
  state: GenerationState,
  nowMs: number,
  details: { readonly seconds?: StageSeconds; readonly error?: { readonly code: string; readonly message: string } },
): GenerationSummary {
  const isEnded = state !== 'queued' && state !== 'running'
  inTransaction(db, () => {
    const key = keyOfGeneration(db, id)
    run(
      db,
      `UPDATE generations SET state = ?, finished_at = ?, seconds = coalesce(?, seconds), error_code = ?,
         error_message = ? WHERE key = ?`,
      state,
      isEnded ? nowMs : null,
      details.seconds === undefined ? null : JSON.stringify(details.seconds),
      details.error?.code ?? null,
      details.error?.message ?? null,
      key,
    )
    // One that failed can go on from its rows once what it failed of is gone.
    if (isEnded && state !== 'failed') run(db, 'DELETE FROM journal WHERE generation_key = ?', key)
  })
  return getGeneration(db, id)
}

/** A job that has ended waits again, with more candidates to draw. */
export function extendGeneration(db: WritableDb, id: GenerationId, candidates: number): GenerationSummary {
  const sql = `UPDATE generations SET candidates = ?, state = 'queued', finished_at = NULL, error_code = NULL,
    error_message = NULL WHERE key = ? AND candidates < ?`
  inTransaction(db, () => run(db, sql, candidates, keyOfGeneration(db, id), candidates))
  return getGeneration(db, id)
}

export function keyOfGeneration(db: ReadableDb, id: GenerationId): number {
  const row = get<{ key: number }>(db, 'SELECT key FROM generations WHERE id = ?', id)
  if (row === undefined) throw new StudioError('notFound', `There is no generation ${id} in the library.`)
  return row.key
}

function withPictures(db: ReadableDb, row: GenerationRow): GenerationSummary {
  const best = all<{ id: string }>(
    db,
    `SELECT p.id FROM pictures AS p JOIN generations AS g ON g.key = p.generation_key ${scoreJoin}
     WHERE p.generation_key = ? AND p.deleted_at IS NULL ORDER BY s.score DESC NULLS LAST, p.candidate`,
    row.key,
  )
  const ids = best.slice(0, shownBest).map((picture) => picture.id as PictureId)
  return toGeneration(row, ids, best.length)
}

export function getGeneration(db: ReadableDb, id: GenerationId): GenerationSummary {
  const sql = `SELECT ${generationColumns} FROM generations AS g ${generationJoins} WHERE g.id = ?`
  const row = get<GenerationRow>(db, sql, id)
  if (row === undefined) throw new StudioError('notFound', `There is no generation ${id} in the library.`)
  return withPictures(db, row)
}

export function listUnfinished(db: ReadableDb): readonly GenerationSummary[] {
  const select = `SELECT ${generationColumns} FROM generations AS g ${generationJoins}`
  const stopped = all<GenerationRow>(
    db,
    `${select} WHERE g.key IN (SELECT key FROM generations ORDER BY key DESC LIMIT ?)
       AND g.state = 'failed' AND g.error_code = 'storageFull'`,
    newestLookedAt,
  )
  const waiting = all<GenerationRow>(db, `${select} WHERE g.state IN ('queued', 'running')`)
  return [...stopped, ...waiting].sort((a, b) => a.key - b.key).map((row) => withPictures(db, row))
}

export function listGenerations(db: ReadableDb, request: PageRequest): Page<GenerationSummary> {
  const limit = readLimit(request.limit)
  const before = readPosition('generations', request.cursor)?.key ?? fromTheStart
  const query = toSearchQuery(request.query ?? '')
  const select = `SELECT ${generationColumns}`
  const rows =
    query === undefined
      ? all<GenerationRow>(
          db,
          `${select} FROM generations AS g ${generationJoins} WHERE g.key < ? ORDER BY g.key DESC LIMIT ?`,
          before,
          limit + 1,
        )
      : all<GenerationRow>(
          db,
          `${select} FROM generation_search AS f CROSS JOIN generations AS g ON g.key = f.rowid ${generationJoins}
           WHERE generation_search MATCH ? AND f.rowid < CAST(? AS INTEGER) ORDER BY f.rowid DESC LIMIT ?`,
          query,
          before,
          limit + 1,
        )
  return toPage('generations', rows, limit, (row) => withPictures(db, row))
}
