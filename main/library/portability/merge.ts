import { setImmediate } from 'node:timers/promises'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { ImportReport } from '#app/domain/library-portability.ts'

import { all, openReadable, type WritableDb } from '../database/database.ts'
import { latestVersion, readSchemaVersion } from '../database/migrate.ts'
import { openObjectStore, sha256Of } from '../files/object-store.ts'
import { databaseName, type LibraryContext } from '../library-folder.ts'
import { migrations } from '../migrations/migrations.ts'
import { mergePicture } from './archive.ts'
import { readRecord } from './records.ts'

/** Takes in the pictures of another library (not its trash) with their marks; the other one is only read. */
export async function mergeLibrary(
  context: LibraryContext,
  db: WritableDb,
  otherFolder: string,
): Promise<ImportReport> {
  const file = join(otherFolder, databaseName)
  if (resolve(otherFolder) === resolve(context.folder)) throw new StudioError('invalidRequest', 'That is this library.')
  if (!existsSync(file)) throw new StudioError('notFound', `There is no library in ${otherFolder}.`)
  const report = { added: 0, known: 0, refused: [] as { file: string; reason: string }[] }
  const objects = openObjectStore(context.files, otherFolder)
  const other = openReadable(file)
  try {
    const version = readSchemaVersion(other)
    if (version !== latestVersion(migrations)) {
      const rule = `its schema is ${version}, this one's is ${latestVersion(migrations)}: open it once with this Easel`
      throw new StudioError('invalidRequest', `That library cannot be merged: ${rule}.`)
    }
    const pictures = all<{ id: string; object_sha256: string }>(
      other,
      'SELECT id, object_sha256 FROM pictures WHERE deleted_at IS NULL ORDER BY key',
    )
    for (const { id, object_sha256: sha256 } of pictures) {
      try {
        const png = objects.read(sha256)
        if (png === undefined || sha256Of(png) !== sha256) {
          throw new StudioError('invalidRequest', 'Its file is missing or damaged.')
        }
        const isNew = mergePicture(context, db, png, (pictureId) => readRecord(other, pictureId))
        report[isNew ? 'added' : 'known']++
      } catch (error) {
        if (!(error instanceof StudioError) || error.code !== 'invalidRequest') throw error
        report.refused.push({ file: id, reason: error.message })
      }
      await setImmediate()
    }
    return report
  } finally {
    other.close()
  }
}
