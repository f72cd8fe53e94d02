import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import { pictureOrders, type PictureOrder } from '#app/contract/library-calls.ts'
import type { Page } from '#app/contract/page.ts'
import { pictureFilterSchema, type FoundPicture, type PictureFilter } from '#app/domain/organising.ts'

import { all, get, type ReadableDb } from '../database/database.ts'
import { keyAt } from '../records/keys.ts'
import { fromTheStart, readLimit, readPosition, toPage, type Position } from '../records/paging.ts'
import { pictureColumns, pictureJoins, scoreJoin, toPicture, type PictureRow } from '../records/rows.ts'
import { bestOfRun, runPictures } from './best-of-run.ts'
import { stagesOf, startOf, type Stage } from './picture-order.ts'
import { toSearchQuery } from './search-query.ts'

export interface FoundRow extends PictureRow {
  readonly rating: number
  readonly tags: string | null
  /** Undefined where it was not asked for. */
  readonly run_pictures?: number
}

/** Columns of a found picture; tags are read per shown row, separated by a character no tag holds. */
export const foundColumns = `${pictureColumns}, p.rating, (SELECT group_concat(name, char(31)) FROM (SELECT t.name
  FROM picture_tags AS pt JOIN tags AS t ON t.key = pt.tag_key WHERE pt.picture_key = p.key ORDER BY t.name)) AS tags`

export function toFoundPicture(row: FoundRow): FoundPicture {
  const tags = row.tags === null ? [] : row.tags.split('\x1f')
  const found = { ...toPicture(row), rating: row.rating, tags }
  return row.run_pictures === undefined ? found : { ...found, runPictures: row.run_pictures }
}

interface Query {
  /** `FROM … WHERE …`, with the pictures as `p`, their runs as `g` and the scores shown as `s`. */
  readonly selection: string
  /** The same for counting: without what is only shown. */
  readonly counted: string
  readonly values: readonly unknown[]
  /** `ORDER BY …` */
  readonly order: string
}

/**
 * The narrowest list drives, already in the order of the page: full text, then collection, then tag, then scores when
 * they are asked for, else the library itself. Everything else is a condition on it.
 * @param after the last row of the page before.
 */
export function selectPictures(
  filter: PictureFilter,
  stage: Stage,
  after: Pick<Position, 'key' | 'value'> = startOf(stage),
): Query {
  const conditions: string[] = [`p.deleted_at IS ${filter.isDeleted === true ? 'NOT NULL' : 'NULL'}`]
  const values: unknown[] = []
  const where = (condition: string, ...added: unknown[]) => {
    conditions.push(condition)
    values.push(...added)
  }
  const query = toSearchQuery(filter.query ?? '')
  const tags = [...(filter.tags ?? [])]
  const tagKey = '(SELECT key FROM tags WHERE name = ?)'
  const collectionKey = '(SELECT key FROM collections WHERE id = ?)'
  let from = 'pictures AS p'
  let order = 'p.key'
  if (query !== undefined) {
    from = 'picture_search AS f CROSS JOIN pictures AS p ON p.key = f.rowid'
    order = 'f.rowid'
    where('picture_search MATCH ?', query)
  } else if (filter.collectionId !== undefined) {
    from = 'collection_pictures AS cp CROSS JOIN pictures AS p ON p.key = cp.picture_key'
    order = 'cp.picture_key'
    where(`cp.collection_key = ${collectionKey}`, filter.collectionId)
  } else if (tags.length > 0) {
    from = 'picture_tags AS pt CROSS JOIN pictures AS p ON p.key = pt.picture_key'
    order = 'pt.picture_key'
    where(`pt.tag_key = ${tagKey}`, tags.shift())
  } else if (stage.isByScore) {
    // Of the scores of all packs, those that are shown: `s` is joined to the same picture.
    from = 'scores AS scored CROSS JOIN pictures AS p ON p.key = scored.picture_key'
    order = 'scored.picture_key'
    where('scored.clip_pack_key = s.clip_pack_key')
  }
  const score = order === 'scored.picture_key' ? 'scored.score' : 's.score'
  // FTS5 takes a bound for its rowid only as an integer, and numbers are bound as floating point.
  const integer = 'CAST(? AS INTEGER)'
  const createdAfter = filter.createdFrom === undefined ? -1 : keyAt(Date.parse(filter.createdFrom)) - 1
  const before = filter.createdBefore === undefined ? fromTheStart : keyAt(Date.parse(filter.createdBefore))
  // One bound at each end: of two, SQLite would seek by one and walk all that the other leaves out.
  const isNewestFirst = !stage.isByScore && stage.direction === 'DESC'
  const isOldestFirst = !stage.isByScore && stage.direction === 'ASC'
  if (stage.isByScore) where(`(${score}, ${order}) < (?, ${integer})`, after.value, after.key)
  if (isNewestFirst || before !== fromTheStart) {
    where(`${order} < ${integer}`, isNewestFirst ? Math.min(after.key, before) : before)
  }
  if (isOldestFirst || createdAfter !== -1)
    where(`${order} > ${integer}`, isOldestFirst ? Math.max(after.key, createdAfter) : createdAfter)
  if (stage.condition !== undefined) where(stage.condition)
  if (filter.collectionId !== undefined && query !== undefined) {
    where(
      `EXISTS (SELECT 1 FROM collection_pictures WHERE collection_key = ${collectionKey} AND picture_key = p.key)`,
      filter.collectionId,
    )
  }
  for (const tag of tags) {
    where(`EXISTS (SELECT 1 FROM picture_tags WHERE tag_key = ${tagKey} AND picture_key = p.key)`, tag)
  }
  // A literal, so that the partial index of that many stars is used.
  if (filter.minRating !== undefined && filter.minRating > 0) where(`p.rating >= ${Math.trunc(filter.minRating)}`)
  if (filter.packId !== undefined) where('g.pack_key IN (SELECT key FROM packs WHERE id = ?)', filter.packId)
  if (filter.seed !== undefined) where('g.seed = ?', filter.seed)
  if (filter.origin !== undefined) where('g.origin = ?', filter.origin)
  if (filter.minClipScore !== undefined) where('s.score >= ?', filter.minClipScore)
  if (filter.label !== undefined) {
    where(
      `EXISTS (SELECT 1 FROM labels AS l JOIN label_scores AS ls ON ls.label_key = l.key AND ls.picture_key = p.key
         WHERE l.name = ? AND ls.score >= ? AND l.clip_pack_key = coalesce(
           (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'clipPackKey'), l.clip_pack_key))`,
      filter.label.name,
      filter.label.minScore,
    )
  }
  if (filter.hasImagePrompt !== undefined) where(`g.image_prompt IS ${filter.hasImagePrompt ? 'NOT NULL' : 'NULL'}`)
  if (filter.generationId !== undefined) {
    where('p.generation_key = (SELECT key FROM generations WHERE id = ?)', filter.generationId)
  }
  if (filter.isBestOfRun === true) where(bestOfRun)
  const conditionsSql = conditions.join(' AND ')
  return {
    selection: `FROM ${from} ${pictureJoins} WHERE ${conditionsSql}`,
    counted: `FROM ${from} ${joinsFor(conditionsSql)} WHERE ${conditionsSql}`,
    values,
    order: `ORDER BY ${stage.isByScore ? `${score} DESC, ` : ''}${order} ${stage.direction}`,
  }
}

/** Of the joins those that the conditions name: most of the time that counting takes goes into joins. */
function joinsFor(conditions: string): string {
  if (/\bs\./.test(conditions)) return `CROSS JOIN generations AS g ON g.key = p.generation_key ${scoreJoin}`
  return /\bg\./.test(conditions) ? 'CROSS JOIN generations AS g ON g.key = p.generation_key' : ''
}

/** One page of a stage. @param offset rows to leave out first */
export function buildPictureQuery(
  filter: PictureFilter,
  stage: Stage,
  after: Pick<Position, 'key' | 'value'>,
  limit: number,
  offset = 0,
): { readonly sql: string; readonly values: readonly unknown[] } {
  const { selection, values, order } = selectPictures(filter, stage, after)
  const columns = filter.isBestOfRun === true ? `${foundColumns}, ${runPictures}` : foundColumns
  return { sql: `SELECT ${columns} ${selection} ${order} LIMIT ? OFFSET ?`, values: [...values, limit, offset] }
}

/** Throws `invalidRequest` naming the field and what it allows. */
export function checkFilter(filter: PictureFilter | undefined): PictureFilter {
  const checked = pictureFilterSchema.safeParse(filter ?? {})
  if (!checked.success) throw new StudioError('invalidRequest', z.prettifyError(checked.error))
  return checked.data
}

/** Throws `invalidRequest` naming the field and what it allows. */
export function findPictures(
  db: ReadableDb,
  request: {
    readonly filter?: PictureFilter
    readonly order?: PictureOrder
    readonly cursor?: string | null
    readonly offset?: number
    readonly limit?: number
  },
): Page<FoundPicture> {
  const filter = checkFilter(request.filter)
  const { order = 'newest', offset = 0 } = request
  const stages = stagesOf[order]
  if (stages === undefined) {
    throw new StudioError('invalidRequest', `order must be one of ${pictureOrders.join(', ')}.`)
  }
  const limit = readLimit(request.limit)
  const list = `pictures, ${order} first`
  const cursor = readPosition(list, request.cursor)
  if (cursor !== null && offset > 0) {
    throw new StudioError('invalidRequest', 'Say where to begin by cursor or by offset, not by both.')
  }
  const begin = cursor === null ? skip(db, filter, order, offset) : { ...cursor, offset: 0 }
  const rows: (FoundRow & { readonly stage: number })[] = []
  for (let stage = begin.stage; stage < stages.length && rows.length <= limit; stage++) {
    const after = stage === begin.stage ? begin : startOf(stages[stage]!)
    const left = stage === begin.stage ? begin.offset : 0
    const { sql, values } = buildPictureQuery(filter, stages[stage]!, after, limit + 1 - rows.length, left)
    for (const row of all<FoundRow>(db, sql, ...values)) rows.push({ ...row, stage })
  }
  const positionOf = ({ key, stage, score }: (typeof rows)[number]) => ({ key, stage, value: score ?? 0 })
  return toPage(list, rows, limit, toFoundPicture, positionOf)
}

interface Beginning extends Position {
  /** Rows of the stage still to be left out. */
  readonly offset: number
}

/** Where the row at `offset` is: whole stages are counted, and the library itself is stepped over by its list of keys. */
function skip(db: ReadableDb, filter: PictureFilter, order: PictureOrder, offset: number): Beginning {
  const stages = stagesOf[order]
  const [first] = stages
  if (offset === 0 || first === undefined) return { stage: 0, offset, ...startOf(stages[0]!) }
  if (stages.length === 1 && Object.keys(filter).length === 0) {
    const row = get<{ key: number }>(
      db,
      `SELECT key FROM pictures INDEXED BY pictures_shown WHERE deleted_at IS NULL ORDER BY key + 0 ${first.direction}
       LIMIT 1 OFFSET ?`,
      offset,
    )
    const end = first.direction === 'DESC' ? -1 : fromTheStart
    const before = first.direction === 'DESC' ? 1 : -1
    return { stage: 0, value: 0, offset: 0, key: row === undefined ? end : row.key + before }
  }
  let left = offset
  for (let stage = 0; stage < stages.length - 1; stage++) {
    const { counted, values } = selectPictures(filter, stages[stage]!)
    const { n } = get<{ n: number }>(db, `SELECT count(*) AS n ${counted}`, ...values)!
    if (left < n) return { stage, offset: left, ...startOf(stages[stage]!) }
    left -= n
  }
  return { stage: stages.length - 1, offset: left, ...startOf(stages.at(-1)!) }
}
