import { keptSchema, nothingKept, type Kept } from '#app/domain/kept.ts'

import { get, run, type ReadableDb, type WritableDb } from '../database/database.ts'

const setting = 'kept'

/** Pins and saved searches; nothing where there is nothing, or nothing that this version understands. */
export function readKept(db: ReadableDb): Kept {
  const row = get<{ value: string }>(db, 'SELECT value FROM settings WHERE name = ?', setting)
  const parsed = keptSchema.safeParse(row === undefined ? nothingKept : JSON.parse(row.value))
  return parsed.success ? parsed.data : nothingKept
}

/** Replaces what is given. @throws ZodError when a change is not what `keptSchema` lets in: check it before */
export function changeKept(db: WritableDb, changes: Partial<Kept>): void {
  const kept = keptSchema.parse({ ...readKept(db), ...changes })
  run(db, 'INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', setting, JSON.stringify(kept))
}
