import type { FamilyId } from '../families/mapped-part.ts'
import type { KeyMapping } from '../families/weight-plan.ts'

/** What an import finds out about a checkpoint, before it does anything (`easel import --dry-run --json`). */
export interface ImportReport {
  readonly family: FamilyId
  readonly familyName: string
  /** What gave each part away. */
  readonly parts: readonly {
    readonly kind: 'transformer' | 'vae' | 'clip'
    readonly family: FamilyId
    readonly reason: string
    /** Tensor by tensor: what of the pack comes from what of the checkpoint. */
    readonly keys: readonly KeyMapping[]
  }[]
  readonly geometry: Geometry
  /** Tensors the family needs and the files lack, or have in another shape. */
  readonly missing: readonly string[]
  /** Tensors of the files that nothing uses. */
  readonly extra: readonly string[]
  readonly licence: { readonly name: string; readonly sources: readonly string[] }
  /** By file name. */
  readonly sha256: Readonly<Record<string, string>>
  readonly parameters: number
  /** Weights and cache of one candidate as the engine holds them. */
  readonly memoryBytes: number
  /** For one candidate on this machine: every step reads all weights once. An estimate. */
  readonly secondsPerPicture: number
  /** The installed pack; null after a dry run. */
  readonly pack: { readonly id: string; readonly folder: string; readonly isNew: boolean } | null
}

export interface Geometry {
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
