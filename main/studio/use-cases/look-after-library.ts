import { join } from 'node:path'

import type { LibraryCalls } from '#app/contract/library-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { RepairReport } from '#app/domain/library-health.ts'

import type { BackgroundScoring } from '../background-scoring.ts'
import type { StudioParts } from '../parts.ts'
import { backupPayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

/** What needs the library closed: it is closed before, and opened again after. */
export interface LibraryCare {
  repair(): Promise<RepairReport>
  restore(backup: string): Promise<RepairReport>
}

/** Health, backups, and putting right what is damaged. */
export function lookAfterLibrary(parts: StudioParts, scoring: BackgroundScoring, care: LibraryCare | undefined) {
  const { library } = parts

  /** The running job stops at its last whole row, and goes on in the new database when it is there too. */
  async function replaceDatabase(work: (care: LibraryCare) => Promise<RepairReport>): Promise<RepairReport> {
    if (care === undefined || library.access === 'read') {
      throw new StudioError('libraryReadOnly', 'This Easel only looks into the library: it cannot put it right.')
    }
    const stopped = await parts.queue.hold()
    await scoring.pause()
    try {
      return await work(care)
    } finally {
      if (stopped !== null && isUnfinished(stopped)) {
        parts.queue.add(stopped)
        parts.queue.move(stopped, 0)
      }
      parts.queue.release()
      parts.events.emit({ type: 'libraryReplaced' })
      scoring.wake()
    }
  }

  function isUnfinished(id: Parameters<typeof library.getGeneration>[0]): boolean {
    try {
      return ['queued', 'running'].includes(library.getGeneration(id).state)
    } catch {
      return false
    }
  }

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
    listBackups: () => settle(() => library.listBackups()),
    verifyLibrary: () => library.verify(),
    listDamaged: () => settle(() => library.listDamaged()),
    rebuildLibrary: () => library.rebuild(),
    repairLibrary: () => replaceDatabase((tools) => tools.repair()),
    async restoreBackup(payload) {
      const { name } = parseInput(backupPayload, payload)
      // Asked before anything is closed: a wrong name costs nothing.
      const names = library.listBackups().map((backup) => backup.name)
      if (names.includes(name)) return replaceDatabase((tools) => tools.restore(name))
      throw new StudioError(
        'notFound',
        names.length === 0 ? 'There are no backups.' : `There is no backup "${name}"; there are: ${names.join(', ')}.`,
      )
    },
  } satisfies Partial<LibraryCalls>
}
