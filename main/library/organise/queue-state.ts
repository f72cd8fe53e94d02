import { freshQueue, queueStateSchema, type QueueState } from '#app/domain/queue-state.ts'

import { get, run, type ReadableDb, type WritableDb } from '../database/database.ts'

const setting = 'queue'

/** Oldest first and not paused, where nothing is kept or nothing that this version understands. */
export function readQueueState(db: ReadableDb): QueueState {
  const row = get<{ value: string }>(db, 'SELECT value FROM settings WHERE name = ?', setting)
  const parsed = queueStateSchema.safeParse(row === undefined ? freshQueue : JSON.parse(row.value))
  return parsed.success ? parsed.data : freshQueue
}

export function keepQueueState(db: WritableDb, state: QueueState): void {
  run(db, 'INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', setting, JSON.stringify(state))
}
