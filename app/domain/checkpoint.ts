import type { WireError } from '../contract/errors.ts'
import type { PackId } from './ids.ts'

/** One import of a checkpoint, from its examination to its end. UUID. */
export type ImportId = string & { readonly __brand: 'ImportId' }
/** A file that an import may read: uploaded, or chosen in a dialog of the shell. A page never sees its path. UUID. */
export type ImportFileId = string & { readonly __brand: 'ImportFileId' }

export interface ImportFile {
  readonly id: ImportFileId
  readonly name: string
  readonly bytes: number
  /** Less than `bytes` while it is being uploaded. */
  readonly receivedBytes: number
}

/** What a checkpoint is, before anything is made of it. */
export interface CheckpointReport {
  /** For people: "minDALL-E". */
  readonly familyName: string
  /** What gave each part away. */
  readonly parts: readonly {
    readonly kind: 'transformer' | 'vae' | 'clip'
    readonly familyName: string
    readonly reason: string
    /** Tensor by tensor, layers that are mapped alike on one line. */
    readonly keys: readonly string[]
  }[]
  readonly geometry: {
    readonly textLength: number
    readonly rows: number
    readonly columns: number
    readonly imageVocabulary: number
    readonly pictureWidth: number
    readonly pictureHeight: number
    readonly layers: number
    readonly width: number
    readonly heads: number
  }
  /** Tensors the family needs and the files lack: at most the first hundred. With any, there is nothing to install. */
  readonly missing: readonly string[]
  /** Tensors that have no place in the family: at most the first hundred. With any, there is nothing to install. */
  readonly extra: readonly string[]
  readonly licence: { readonly name: string; readonly sources: readonly string[] }
  /** By file name. */
  readonly sha256: Readonly<Record<string, string>>
  readonly parameters: number
  readonly memoryBytes: number
  readonly secondsPerPicture: number
}

/** What an import is doing: `done` of `total` in the unit of the stage; a `total` of 0 is not known. */
export interface ImportProgress {
  readonly stage: 'hashing' | 'reading' | 'converting' | 'drawing' | 'checking' | 'installing'
  readonly done: number
  readonly total: number
}

/**
 * `examining` → `examined` (waits for the licence to be accepted) → `installing` → `installed`; or `failed`, or `cancelled`.
 * After `examined` the report is there.
 */
export type ImportState = 'examining' | 'examined' | 'installing' | 'installed' | 'failed' | 'cancelled'

export interface CheckpointImport {
  readonly id: ImportId
  readonly state: ImportState
  readonly files: readonly ImportFile[]
  readonly progress: ImportProgress | null
  readonly report: CheckpointReport | null
  readonly error: Pick<WireError, 'code' | 'message'> | null
  /** The installed pack. */
  readonly packId: PackId | null
}
