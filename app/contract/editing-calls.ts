import type { GenerationId, PictureId } from '../domain/ids.ts'
import type { PictureDetail, PictureVersion } from '../domain/picture.ts'

/** A picture from outside, as the model sees it: encoded to tokens and decoded again. */
export interface EncodedPicture {
  readonly picture: PictureDetail
  /** Loss of encoding in dB: peak signal-to-noise ratio of the reconstruction against the resized original. */
  readonly psnr: number
}

/** What replaying the receipt of a picture gave. */
export interface Verification {
  readonly matches: boolean
  /** First token (raster order) that differs; null when all agree. */
  readonly firstDifference: number | null
  /** One sentence: what was replayed, or why it could not be. */
  readonly message: string
}

/** Calls of `StudioApi` around one picture or one job. */
export interface EditingCalls {
  /** PNG, JPEG or WebP bytes as base64, at most 30 MB; becomes a picture of the library (origin `file`) that can be an image prompt. */
  importPicture(payload: { name: string; base64: string; packId?: string }): Promise<EncodedPicture>
  /** The picture mirrored in token space, so that the region to change comes last in raster order (flip-to-edit). */
  mirrorPicture(payload: { pictureId: PictureId; horizontally: boolean; vertically: boolean }): Promise<EncodedPicture>
  /** Replays the receipt: same pack, prompt, seed and settings must give the same tokens. */
  verifyPicture(payload: { pictureId: PictureId }): Promise<Verification>
  /** Every picture that goes back to the same first one by image prompts, parents before children; at most 1000. */
  getLineage(payload: { pictureId: PictureId }): Promise<readonly PictureVersion[]>
  /** The same request again under a new id; for jobs that failed or were cancelled it draws what is missing. */
  retryGeneration(payload: { generationId: GenerationId }): Promise<void>
  /** Place 0 = next. Order and pause survive a restart. */
  moveInQueue(payload: { generationId: GenerationId; place: number }): Promise<void>
  pauseQueue(): Promise<void>
  resumeQueue(): Promise<void>
}

export const editingCallNames = [
  'importPicture',
  'mirrorPicture',
  'verifyPicture',
  'getLineage',
  'retryGeneration',
  'moveInQueue',
  'pauseQueue',
  'resumeQueue',
] as const satisfies readonly (keyof EditingCalls)[]
