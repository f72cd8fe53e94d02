import { join } from 'node:path'

import type { LibraryStats } from '#app/domain/library-health.ts'

import { get, type ReadableDb } from '../database/database.ts'
import { readSchemaVersion } from '../database/migrate.ts'
import { databaseName, type LibraryContext } from '../library-folder.ts'
import { listBackups } from './backups.ts'

export function readStats(db: ReadableDb, { files, folder }: LibraryContext): LibraryStats {
  const counts = get<
    Pick<LibraryStats, 'pictures' | 'inTrash' | 'generations' | 'prompts' | 'pictureBytes' | 'damagedPictures'>
  >(
    db,
    `SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS pictures, count(deleted_at) AS inTrash,
       coalesce(sum(bytes), 0) AS pictureBytes, (SELECT count(*) FROM generations) AS generations,
       (SELECT count(*) FROM prompts) AS prompts, (SELECT count(*) FROM damaged_pictures) AS damagedPictures
     FROM pictures`,
  )!
  const backups = listBackups(files, folder)
  return {
    ...counts,
    databaseBytes: files.stat(join(folder, databaseName))?.bytes ?? 0,
    schemaVersion: readSchemaVersion(db),
    sqliteVersion: get<{ v: string }>(db, 'SELECT sqlite_version() AS v')!.v,
    backups: backups.length,
    newestBackupAt: backups[0]?.createdAt ?? null,
  }
}
