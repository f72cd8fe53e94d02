import { StudioError } from '#app/contract/errors.ts'
import type { ImportCalls } from '#app/contract/import-calls.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackCheck } from '#app/domain/pack-check.ts'

import type { StudioParts } from '../parts.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'
import type { ImportDesk } from './import-desk.ts'
import type { ImportFiles } from './import-files.ts'
import {
  importFilesPayload,
  importPayload,
  installPayload,
  packPayload,
  partPayload,
  uploadPayload,
} from './import-payloads.ts'

/** Where imports are made: absent in a studio that installs nothing, such as the command line's, which has its own doctor. */
export interface Workshop {
  readonly files: ImportFiles
  readonly desk: ImportDesk
  /** Absolute paths chosen in a dialog of the shell. Absent in shells without one. */
  readonly chooseFiles?: () => Promise<readonly string[]>
  /** Draws the golden runs of an installed pack, with an engine of its own. */
  readonly checkPack: (id: PackId) => Promise<PackCheck>
}

/** Checkpoints become packs; and packs leave again. */
export function importCheckpoints(parts: StudioParts, workshop: Workshop | undefined): ImportCalls {
  const open = (): Workshop => {
    if (workshop !== undefined) return workshop
    throw new StudioError('notAllowed', 'This studio imports no checkpoints; use: easel import FILE…')
  }
  return {
    async chooseImportFiles() {
      const { chooseFiles, files } = open()
      return chooseFiles === undefined ? null : files.offer(await chooseFiles())
    },
    async beginUpload(payload) {
      const { name, bytes } = parseInput(uploadPayload, payload)
      return open().files.begin(name, bytes)
    },
    async uploadPart(payload) {
      const { fileId, offset, base64 } = parseInput(partPayload, payload)
      return open().files.append(fileId, offset, Buffer.from(base64, 'base64'))
    },
    async dropImportFiles(payload) {
      await open().files.drop(parseInput(importFilesPayload, payload).fileIds)
    },
    examineCheckpoint: (payload) => settle(() => open().desk.examine(parseInput(importFilesPayload, payload).fileIds)),
    installCheckpoint: (payload) =>
      settle(() => {
        const { importId, ...wishes } = parseInput(installPayload, payload)
        return open().desk.install(importId, wishes)
      }),
    async cancelImport(payload) {
      await open().desk.cancel(parseInput(importPayload, payload).importId)
    },
    getImport: () => settle(() => workshop?.desk.current ?? null),
    async checkPack(payload) {
      return open().checkPack(parseInput(packPayload, payload).packId)
    },
    async removePack(payload) {
      const { packId } = parseInput(packPayload, payload)
      const upscalers = await parts.packs.listUpscalers()
      const { summary } = upscalers.find((found) => found.summary.id === packId) ?? (await parts.packs.find(packId))
      if (summary.isShipped === true)
        throw new StudioError('invalidRequest', `The pack "${packId}" came with Easel and stays.`)
      if (parts.queue.ids().some((id) => parts.library.getGeneration(id).pack.id === packId))
        throw new StudioError('invalidRequest', `A job in the queue draws with "${packId}"; cancel it first.`)
      await parts.packs.remove(packId)
      await parts.loader.unload(packId)
      parts.events.emit({ type: 'packsChanged' })
    },
  }
}
