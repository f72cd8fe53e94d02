import type { ImagePrompt, PackReference, SamplingSettings } from './generation.ts'
import type { PictureId } from './ids.ts'

/** What made a picture, read from its own file: enough to ask for it again. */
export interface Receipt {
  readonly pictureId: PictureId
  /** Whether this library has the picture, outside its trash. */
  readonly isInLibrary: boolean
  readonly prompt: string
  readonly seed: number
  /** 0-based number of the candidate in its run. */
  readonly index: number
  readonly candidates: number
  readonly settings: SamplingSettings
  /** Null, too, when the picture it was drawn from is not in this library. */
  readonly imagePrompt: ImagePrompt | null
  /** Whether it was drawn from a picture. */
  readonly hadImagePrompt: boolean
  readonly pack: PackReference
  readonly createdAt: string
}
