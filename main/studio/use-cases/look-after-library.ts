import { join } from 'node:path'

import type { LibraryCalls } from '#app/contract/library-calls.ts'

import type { StudioParts } from '../parts.ts'
import { settle } from '../settle.ts'

/** Health and backups. */
export function lookAfterLibrary({ library }: StudioParts) {
  return {
    getLibraryHealth: () =>
      settle(() => {
        const { databaseBytes, pictureBytes, newestBackupAt: newestBackup, ...stats } = library.stats()
        const { pictures, generations, inTrash, schemaVersion, sqliteVersion, backups } = stats
        return {
          ...{ folder: library.folder, access: library.access, bytes: databaseBytes + pictureBytes },
          ...{ pictures, generations, inTrash, schemaVersion, sqliteVersion, newestBackup, backups },
        }
      }),
    async backupLibrary() {
      const { name, bytes } = await library.backUp()
      return { file: join(library.folder, 'backups', name), bytes }
    },
  } satisfies Partial<LibraryCalls>
}
