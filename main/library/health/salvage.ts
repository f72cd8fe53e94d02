import { crc32 } from 'node:zlib'

import {
  generationStates,
  imagePromptSchema,
  samplingSettingsSchema,
  type GenerationState,
  type PackReference,
} from '#app/domain/generation.ts'
import type { GenerationId, PackId } from '#app/domain/ids.ts'
import { keptSchema } from '#app/domain/kept.ts'
import type { SalvageReport } from '#app/domain/library-health.ts'
import { labelNameSchema } from '#app/domain/organising.ts'

import { get, inTransaction, openReadable, run, type ReadableDb, type WritableDb } from '../database/database.ts'
import { indexPicture } from '../organise/marks.ts'
import { toFloat32 } from '../records/blobs.ts'
import { insertGeneration, keepPack } from '../records/generations.ts'
import { readDamagedTable, type DamagedRow } from './read-damaged.ts'

type Counts = { -readonly [Name in keyof SalvageReport]: SalvageReport[Name] }

/** What of the damaged database is carried over, and how its keys are called in the new one. */
interface Salvage {
  readonly from: ReadableDb
  readonly to: WritableDb
  readonly counts: Counts
  readonly packs: Map<unknown, number>
  readonly prompts: Map<unknown, string>
  readonly generations: Map<unknown, number>
  readonly pictures: Map<unknown, number>
  readonly tags: Map<unknown, number>
  readonly collections: Map<unknown, number>
}

/**
 * Brings over what no picture file repeats: jobs, ratings, tombstones, tags, collections, scores, embeddings, the
 * journal, labels (whose scores are computed again), pins and saved searches, the chosen CLIP pack. Pictures themselves come from a backup and from their files, so a damaged row can never replace a sound one.
 * Every value passes the constraints of the new schema or its checksum, or is counted as lost.
 * @param file a copy: SQLite may touch what it opens.
 */
export function salvage(file: string, to: WritableDb): SalvageReport {
  const counts: Counts = { generations: 0, marks: 0, scores: 0, embeddings: 0, tags: 0, collections: 0, lostRows: 0 }
  let from: ReadableDb
  try {
    from = openReadable(file)
  } catch {
    return counts
  }
  try {
    const maps = { packs: new Map(), prompts: new Map(), generations: new Map(), pictures: new Map() }
    const job: Salvage = { from, to, counts, ...maps, tags: new Map(), collections: new Map() }
    const known = { pack_key: job.packs, generation_key: job.generations, picture_key: job.pictures }
    const links = { ...known, clip_pack_key: job.packs, tag_key: job.tags, collection_key: job.collections }
    each(job, 'packs', (row) => void job.packs.set(row['key'], keepPack(to, packOf(row))))
    each(job, 'prompts', (row) => void (typeof row['text'] === 'string' && job.prompts.set(row['key'], row['text'])))
    each(job, 'generations', (row) => saveGeneration(job, row))
    each(job, 'pictures', (row) => saveMarks(job, row))
    each(job, 'picture_tokens', (row) => saveEntropies(job, row))
    each(job, 'scores', (row) => void (counts.scores += copy(job, 'scores', row, links)))
    each(job, 'embeddings', (row) => {
      const { key: _key, ...rest } = row
      if (rest['crc32'] !== null && crc32(rest['vector'] as Uint8Array) !== rest['crc32']) throw new Error('damaged')
      counts.embeddings += copy(job, 'embeddings', rest, links)
    })
    each(job, 'tags', (row) => saveTag(job, row))
    each(job, 'picture_tags', (row) => {
      if (copy(job, 'picture_tags', row, links) > 0) indexPicture(to, job.pictures.get(row['picture_key'])!)
    })
    each(job, 'collections', (row) => saveCollection(job, row))
    each(job, 'collection_pictures', (row) => void copy(job, 'collection_pictures', row, links))
    each(job, 'journal', (row) => void copy(job, 'journal', row, links))
    each(job, 'labels', (row) => saveLabel(job, row))
    each(job, 'settings', (row) => saveSetting(job, row))
    return counts
  } finally {
    from.close()
  }
}

/** A row that cannot be taken costs itself, not the rest; a table that is not there costs nothing. */
function each(job: Salvage, table: string, save: (row: DamagedRow) => void): void {
  inTransaction(job.to, () => {
    const rows = readDamagedTable(job.from, table, () => job.counts.lostRows++)
    for (const row of rows) {
      try {
        save(row)
      } catch {
        job.counts.lostRows++
      }
    }
  })
}

function packOf(row: DamagedRow): PackReference {
  const { id, version, sha256 } = row
  if (typeof id !== 'string' || typeof version !== 'string' || !/^[0-9a-f]{64}$/.test(String(sha256)))
    throw new Error('damaged')
  return { id: id as PackId, version, sha256: String(sha256) }
}

/** @returns 1 when the row entered, 0 when it was there. Throws when a key it needs is unknown. */
function copy(
  job: Salvage,
  table: string,
  row: DamagedRow,
  links: Readonly<Record<string, Map<unknown, number>>>,
): number {
  const columns = Object.keys(row)
  const values = columns.map((column) => {
    const link = links[column]
    if (link === undefined) return row[column]
    const key = link.get(row[column])
    if (key === undefined) throw new Error('damaged')
    return key
  })
  const marks = columns.map(() => '?').join(', ')
  return run(job.to, `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${marks})`, ...values)
}

function saveGeneration(job: Salvage, row: DamagedRow): void {
  const { to, counts } = job
  const id = row['id'] as GenerationId
  const state = row['state'] as GenerationState
  if (!generationStates.includes(state)) throw new Error('damaged')
  const known = get<{ key: number }>(to, 'SELECT key FROM generations WHERE id = ?', id)
  let key = known?.key
  if (key === undefined) {
    const prompt = job.prompts.get(row['prompt_key'])
    const packKey = job.packs.get(row['pack_key'])
    if (prompt === undefined || packKey === undefined) throw new Error('damaged')
    const pack = get<PackReference>(to, 'SELECT id, version, sha256 FROM packs WHERE key = ?', packKey)!
    key = insertGeneration(to, {
      id,
      prompt,
      pack,
      seed: Number(row['seed']),
      candidates: Number(row['candidates']),
      settings: samplingSettingsSchema.parse(JSON.parse(String(row['settings']))),
      rows: Number(row['rows']),
      columns: Number(row['columns']),
      imagePrompt:
        row['image_prompt'] === null ? null : imagePromptSchema.parse(JSON.parse(String(row['image_prompt']))),
      state,
      createdMs: Number(row['created_at']),
      finishedMs: null,
      seconds: null,
    })
    counts.generations++
  }
  job.generations.set(row['key'], key)
  run(
    to,
    `UPDATE generations SET state = ?, finished_at = ?, seconds = ?, error_code = ?, error_message = ? WHERE key = ?`,
    state,
    row['finished_at'],
    row['seconds'] === null ? null : JSON.stringify(JSON.parse(String(row['seconds']))),
    row['error_code'],
    row['error_message'],
    key,
  )
}

function saveMarks(job: Salvage, row: DamagedRow): void {
  const picture = get<{ key: number }>(job.to, 'SELECT key FROM pictures WHERE id = ?', row['id'])
  if (picture === undefined) throw new Error('its file is gone')
  job.pictures.set(row['key'], picture.key)
  const { rating = 0, deleted_at: deletedAt = null } = row
  const sql = 'UPDATE pictures SET rating = ?, deleted_at = ? WHERE key = ?'
  job.counts.marks += run(job.to, sql, rating, deletedAt, picture.key)
}

/** Under one checksum with the tokens that the picture's file holds, or, where there is none yet, beside the same ones. */
function saveEntropies(job: Salvage, row: DamagedRow): void {
  const key = job.pictures.get(row['picture_key'])
  const kept = get<{ tokens: Uint8Array }>(job.to, 'SELECT tokens FROM picture_tokens WHERE picture_key = ?', key ?? -1)
  const { tokens, entropies } = row as { tokens: Uint8Array; entropies: Uint8Array }
  if (key === undefined || kept === undefined) throw new Error('damaged')
  const sum = crc32(entropies, crc32(kept.tokens))
  const isSound = row['crc32'] === null ? Buffer.from(kept.tokens).equals(tokens) : row['crc32'] === sum
  if (!isSound) throw new Error('damaged')
  run(job.to, 'UPDATE picture_tokens SET entropies = ?, crc32 = ? WHERE picture_key = ?', entropies, sum, key)
}

function saveTag(job: Salvage, row: DamagedRow): void {
  run(job.to, 'INSERT OR IGNORE INTO tags (name) VALUES (?)', row['name'])
  job.tags.set(row['key'], get<{ key: number }>(job.to, 'SELECT key FROM tags WHERE name = ?', row['name'])!.key)
  job.counts.tags++
}

function saveCollection(job: Salvage, row: DamagedRow): void {
  const values = [row['id'], row['name'], row['created_at']]
  run(job.to, 'INSERT OR IGNORE INTO collections (id, name, created_at) VALUES (?, ?, ?)', ...values)
  const kept = get<{ key: number }>(job.to, 'SELECT key FROM collections WHERE id = ?', row['id'])
  job.collections.set(row['key'], kept!.key)
  job.counts.collections++
}

/** A vector is of length 1 or damaged. */
function saveLabel(job: Salvage, row: DamagedRow): void {
  const { name, vector } = row as { name: string; vector: Uint8Array }
  const packKey = job.packs.get(row['clip_pack_key'])
  const length = Math.hypot(...toFloat32(vector))
  if (packKey === undefined || !(Math.abs(length - 1) < 1e-3)) throw new Error('damaged')
  const sql = 'INSERT OR IGNORE INTO labels (clip_pack_key, name, vector) VALUES (?, ?, ?)'
  run(job.to, sql, packKey, labelNameSchema.parse(name), vector)
}

/** What a person has chosen; resume points of checks begin anew. */
function saveSetting({ to, packs }: Salvage, { name, value }: DamagedRow): void {
  const save = (text: string) => run(to, 'INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', name, text)
  if (name === 'kept') save(JSON.stringify(keptSchema.parse(JSON.parse(String(value)))))
  const packKey = name === 'clipPackKey' ? packs.get(Number(value)) : undefined
  if (packKey !== undefined) save(String(packKey))
}
