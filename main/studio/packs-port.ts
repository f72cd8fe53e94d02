import type { PackId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'

/** A pack on disk that passed validation. */
export interface FoundPack {
  readonly summary: PackSummary
  /** Absolute path; stays inside the main process. */
  readonly folder: string
}

/** What the studio needs of main/packs. */
export interface Packs {
  /** Usable packs, in the order a person sees them. */
  list(): Promise<readonly FoundPack[]>
  /** Pack folders that fail validation, with the reason. */
  listBroken(): Promise<readonly { readonly folder: string; readonly error: { readonly message: string } }[]>
  /** @throws StudioError `packMissing` or `packInvalid`, naming the packs there are or the rule that was broken */
  find(id: PackId): Promise<FoundPack>
  /** @throws StudioError `packMissing` when no pack of this id is installed; shipped packs stay */
  remove(id: PackId): Promise<void>
}
