import type { PictureId } from './ids.ts'

/** A picture whose file or row is not what was saved. */
export interface PictureProblem {
  readonly pictureId: PictureId
  readonly problem: string
}

/** Answer of `verify`: the database by SQLite's own check, the pictures by their hashes and metadata. */
export interface VerifyReport {
  /** Empty = sound. */
  readonly databaseProblems: readonly string[]
  readonly pictures: number
  readonly pictureProblems: readonly PictureProblem[]
  /** Files that no row names: harmless; `rebuild` takes them in. */
  readonly orphanFiles: number
  readonly seconds: number
}

export interface ScrubReport {
  readonly checked: number
  readonly problems: readonly PictureProblem[]
  /** The last picture was reached; the next call begins a new round. */
  readonly isRoundFinished: boolean
}

export interface RebuildReport {
  readonly files: number
  readonly added: number
  /** Named by a row already, or another take of a candidate that has one. */
  readonly known: number
  /** Without metadata of Easel, or not whole. */
  readonly unreadable: number
  readonly seconds: number
}

export interface BackupInfo {
  /** Name to restore by. */
  readonly name: string
  readonly createdAt: string
  readonly bytes: number
}

/** Rows of the damaged database that were brought over, by kind. */
export interface SalvageReport {
  readonly generations: number
  readonly marks: number
  readonly scores: number
  readonly embeddings: number
  readonly tags: number
  readonly collections: number
  /** Rows that could not be read or did not pass their checks. */
  readonly lostRows: number
}

export interface RepairReport {
  /** What was wrong; empty when nothing was, and nothing was changed. */
  readonly problems: readonly string[]
  /** Where the damaged files are kept, relative to the library. */
  readonly setAside: string | null
  readonly restoredFrom: BackupInfo | null
  readonly rebuilt: RebuildReport | null
  readonly salvaged: SalvageReport | null
  /** Rows of the backup whose file is gone since. */
  readonly rowsDropped: number
  /** Rows that contradicted their own sound file. */
  readonly rowsCorrected: number
  readonly pictures: number
}

export interface LibraryStats {
  readonly pictures: number
  readonly inTrash: number
  readonly generations: number
  readonly prompts: number
  readonly databaseBytes: number
  readonly pictureBytes: number
  readonly schemaVersion: number
  readonly sqliteVersion: string
  readonly backups: number
  readonly newestBackupAt: string | null
  readonly damagedPictures: number
}
