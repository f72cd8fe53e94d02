import type { PackId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { UpscalerSummary } from '#app/domain/upscaler.ts'

/** A pack on disk that passed validation. */
export interface FoundPack {
  readonly summary: PackSummary
  /** Absolute path; stays inside the main process. */
  readonly folder: string
}

/** An upscaler on disk that passed validation. */
export interface FoundUpscaler {
  readonly summary: UpscalerSummary
  /** Absolute path; stays inside the main process. */
  readonly folder: string
}

/** What the studio needs of main/packs. */
export interface Packs {
  /** Usable packs that draw, in the order a person sees them. */
  list(): Promise<readonly FoundPack[]>
  /** Usable upscalers, which enlarge and draw nothing; none of them is in `list`. */
  listUpscalers(): Promise<readonly FoundUpscaler[]>
  /** Pack folders that fail validation, with the reason. */
  listBroken(): Promise<readonly { readonly folder: string; readonly error: { readonly message: string } }[]>
  /** @throws StudioError `packMissing` or `packInvalid`, naming the packs there are or the rule that was broken */
  find(id: PackId): Promise<FoundPack>
  /** Of either kind. @throws StudioError `packMissing` when no pack of this id is installed; shipped packs stay */
  remove(id: PackId): Promise<void>
}
