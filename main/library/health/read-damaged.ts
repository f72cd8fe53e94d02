import { all, iterate, type ReadableDb } from '../database/database.ts'

export type DamagedRow = Readonly<Record<string, unknown>>

/**
 * Every row of a table that can still be read from a damaged database: from the front, from the back, and one by one
 * through the keys that its indexes still know.
 * @param lost called once for every row that is known to exist and cannot be read.
 */
export function* readDamagedTable(db: ReadableDb, table: string, lost: () => void): Generator<DamagedRow> {
  const hasRowid = table in keyColumns
  const key = hasRowid ? keyColumns[table as keyof typeof keyColumns] : undefined
  const seen = new Set<unknown>()
  let isWhole = true
  for (const direction of ['ASC', 'DESC'] as const) {
    try {
      const order =
        key === undefined
          ? primaryKeyOf(db, table).map((column) => `"${column}" ${direction}`)
          : [`${key} ${direction}`]
      for (const row of iterate<DamagedRow>(db, `SELECT * FROM ${table} ORDER BY ${order.join(', ')}`)) {
        const name = key === undefined ? JSON.stringify(Object.values(row).slice(0, 3)) : row[key]
        if (seen.has(name)) continue
        seen.add(name)
        yield row
      }
      if (direction === 'ASC') return
    } catch {
      isWhole = false
    }
  }
  if (isWhole || key === undefined) return
  for (const missing of keysOfIndexes(db, table, key)) {
    if (seen.has(missing)) continue
    seen.add(missing)
    const row = readOne(db, table, key, missing)
    if (row === undefined) lost()
    else yield row
  }
}

/** Tables with a rowid, and the column that is it. */
const keyColumns = {
  prompts: 'key',
  packs: 'key',
  generations: 'key',
  pictures: 'key',
  picture_tokens: 'picture_key',
  embeddings: 'key',
  tags: 'key',
  collections: 'key',
  labels: 'key',
} as const

function primaryKeyOf(db: ReadableDb, table: string): readonly string[] {
  const columns = db.pragma(`table_info(${table})`) as { name: string; pk: number }[]
  return columns
    .filter((column) => column.pk > 0)
    .sort((a, b) => a.pk - b.pk)
    .map((column) => column.name)
}

function readOne(db: ReadableDb, table: string, key: string, value: unknown): DamagedRow | undefined {
  try {
    return all<DamagedRow>(db, `SELECT * FROM ${table} WHERE ${key} = ?`, value)[0]
  } catch {
    return undefined
  }
}

/** Keys as the whole (not partial) indexes of a table know them. */
function keysOfIndexes(db: ReadableDb, table: string, key: string): ReadonlySet<unknown> {
  const keys = new Set<unknown>()
  try {
    const indexes = db.pragma(`index_list(${table})`) as { name: string; partial: number }[]
    for (const { name, partial } of indexes) {
      if (partial === 1) continue
      try {
        for (const row of iterate<{ k: unknown }>(db, `SELECT ${key} AS k FROM ${table} INDEXED BY "${name}"`))
          keys.add(row.k)
      } catch {
        // What this index could not say, another may.
      }
    }
  } catch {
    // Not even the schema can be read: nothing more to learn here.
  }
  return keys
}
