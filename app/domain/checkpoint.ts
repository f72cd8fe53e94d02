import type { WireError } from '../contract/errors.ts'
import type { PackId } from './ids.ts'
import type { UpscalerScale } from './upscaler.ts'

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

/**
 * What a checkpoint is, before anything is made of it. Two views of it differ in how a tensor is described: pages get lines of text, the
 * doctor's own report (main/packs/import/doctor/report.ts) has names and shapes, and says what it installed.
 */
export interface CheckpointFacts<Key> {
  /** For people: "minDALL-E". */
  readonly familyName: string
  /** What gave each part away. */
  readonly parts: readonly {
    readonly kind: 'transformer' | 'vae' | 'clip'
    readonly familyName: string
    readonly reason: string
    /** What of the pack comes from what of the checkpoint. */
    readonly keys: readonly Key[]
  }[]
  readonly geometry: {
    readonly textLength: number
    readonly textVocabulary: number
    readonly rows: number
    readonly columns: number
    readonly imageVocabulary: number
    readonly pictureWidth: number
    readonly pictureHeight: number
    readonly layers: number
    readonly width: number
    readonly heads: number
  }
  /** Tensors the family needs and the files lack, or have in another shape. With any, there is nothing to install. */
  readonly missing: readonly string[]
  /** Tensors of the files that have no place in the family. With any, there is nothing to install. */
  readonly extra: readonly string[]
  readonly licence: { readonly name: string; readonly sources: readonly string[] }
  /** By file name. */
  readonly sha256: Readonly<Record<string, string>>
  readonly parameters: number
  /** Weights and cache of one candidate as the engine holds them. */
  readonly memoryBytes: number
  /** For one candidate on this machine: every step reads all weights once. An estimate. */
  readonly secondsPerPicture: number
}

/** As pages get it: layers that are mapped alike are one line, and of long lists of tensors only the first hundred names are there. */
export type CheckpointReport = CheckpointFacts<string> & { readonly kind: 'checkpoint' }

/** What an npm package of upscalers is, before it becomes a pack. */
export interface UpscalerPackageReport {
  readonly kind: 'upscaler'
  /** Name and version: "@upscalerjs/esrgan-medium 1.0.0". */
  readonly source: string
  /** What its pack is called unless something else is wished. */
  readonly name: string
  readonly licence: { readonly name: string; readonly sources: readonly string[] }
  readonly scales: readonly UpscalerScale[]
  /** Of the largest model. */
  readonly parameters: number
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
  readonly report: CheckpointReport | UpscalerPackageReport | null
  readonly error: Pick<WireError, 'code' | 'message'> | null
  /** The installed pack. */
  readonly packId: PackId | null
}
