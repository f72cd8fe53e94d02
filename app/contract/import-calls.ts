import type { CheckpointImport, ImportFile, ImportFileId, ImportId } from '../domain/checkpoint.ts'
import type { PackId } from '../domain/ids.ts'
import type { PackCheck } from '../domain/pack-check.ts'
import type { StoredPrecision } from '../domain/pack.ts'

/** Longest part of a file that one call carries, in bytes before base64. */
export const maxUploadPart = 8 * 2 ** 20

/**
 * Calls of `StudioApi` that make a pack of a published checkpoint. Files are named by opaque ids: the page uploads them in parts, or the
 * shell opens its own dialog and reads them where they are. One import at a time.
 */
export interface ImportCalls {
  /** Opens the shell's file dialog. Null = this shell has none (upload then); an empty list = nothing was chosen. */
  chooseImportFiles(): Promise<readonly ImportFile[] | null>
  /** Makes room for a file that is uploaded. Rejects with `storageFull` when the disk cannot take it. */
  beginUpload(payload: { name: string; bytes: number }): Promise<ImportFile>
  /** The next part, in order: `offset` is what was received so far, `base64` holds at most `maxUploadPart` bytes. */
  uploadPart(payload: { fileId: ImportFileId; offset: number; base64: string }): Promise<ImportFile>
  /** Forgets files; uploaded ones are deleted. */
  dropImportFiles(payload: { fileIds: readonly ImportFileId[] }): Promise<void>
  /** The dry run: says what the files are. Answers at once; `importChanged` tells the rest. */
  examineCheckpoint(payload: { fileIds: readonly ImportFileId[] }): Promise<CheckpointImport>
  /**
   * Converts, checks and installs what was examined.
   * @param payload.acceptedLicence `report.licence.name`, as the person has read it; anything else is refused
   */
  installCheckpoint(payload: {
    importId: ImportId
    acceptedLicence: string
    name?: string
    precision?: StoredPrecision
  }): Promise<CheckpointImport>
  /** Stops it; nothing of it stays. Cancelling what has ended forgets it and its files. */
  cancelImport(payload: { importId: ImportId }): Promise<void>
  /** The import of this session that was not forgotten, for a page opened later. */
  getImport(): Promise<CheckpointImport | null>
  /** Pictures drawn with it stay. Rejects with `invalidRequest` while a job draws with it, and for the pack that came with Easel. */
  removePack(payload: { packId: PackId }): Promise<void>
  /** Draws its golden runs again on this machine, beside whatever is being drawn. Takes seconds, of a large pack minutes. */
  checkPack(payload: { packId: PackId }): Promise<PackCheck>
}

export const importCallNames = [
  'chooseImportFiles',
  'beginUpload',
  'uploadPart',
  'dropImportFiles',
  'examineCheckpoint',
  'installCheckpoint',
  'cancelImport',
  'getImport',
  'removePack',
  'checkPack',
] as const satisfies readonly (keyof ImportCalls)[]
