import type { GenerationSummary } from '../domain/generation.ts'
import type { GenerationId, PackId, PictureId } from '../domain/ids.ts'
import type { Kept } from '../domain/kept.ts'
import type { PictureFilter } from '../domain/organising.ts'
import type { Receipt } from '../domain/receipt.ts'
import type { UpscalerSummary } from '../domain/upscaler.ts'

/** Pictures made on one day. */
export interface TimelineDay {
  /** `2026-11-22`, in the time zone asked for. */
  readonly day: string
  readonly pictures: number
}

export const exportFormats = ['png', 'webp', 'jpeg'] as const
export type ExportFormat = (typeof exportFormats)[number]
/** Times the picture's own size. */
export const exportScales = [1, 2, 4, 8] as const
export type ExportScale = (typeof exportScales)[number]
export const maxExportedPictures = 2000

/**
 * How pictures become larger: smoothly between their pixels (Lanczos), every pixel a square, or by an upscaler, named by its id, which draws
 * the detail that photographs lack.
 */
export const plainUpscales = ['lanczos', 'squares'] as const
export type ExportUpscale = (typeof plainUpscales)[number] | PackId

/** A file for the page to save: one picture, or a zip archive of several. */
export interface ExportedFile {
  readonly name: string
  readonly mediaType: string
  readonly base64: string
}

/** Calls of `StudioApi` for finding one's way in a large library, and for taking pictures out of it and settings back in. */
export interface BrowsingCalls {
  /** How many `findPictures` would list in all. */
  countPictures(payload: { filter?: PictureFilter }): Promise<number>
  /**
   * How many pictures each day has, newest day first; days without pictures are left out.
   * @param payload.utcOffsetMinutes minutes that local time is ahead of UTC, −840 to 840
   */
  getTimeline(payload: { filter?: PictureFilter; utcOffsetMinutes?: number }): Promise<readonly TimelineDay[]>
  /** Draws more candidates of a run that has ended, under the same seed: the next numbers after the last. */
  continueGeneration(payload: { generationId: GenerationId; more: number }): Promise<GenerationSummary>
  /** What made a picture file, as Easel wrote it into PNG, WebP or JPEG; null when the file carries nothing of Easel's. At most 30 MB. */
  readReceipt(payload: { base64: string }): Promise<Receipt | null>
  /**
   * One picture as a file, several as a zip archive.
   * @param payload.upscale how larger sizes are made; default `lanczos`
   * @param payload.hasReceipt whether prompt, seed, settings and tokens go along
   * @param payload.folder name of the folder in the archive; default `easel`
   * @param payload.exportId chosen by the caller: progress comes as `exportProgressed`, and `cancelExport` ends it
   * @returns null when it was cancelled
   */
  exportPictures(payload: {
    pictureIds: readonly PictureId[]
    format: ExportFormat
    scale?: ExportScale
    upscale?: ExportUpscale
    hasReceipt: boolean
    folder?: string
    exportId?: string
  }): Promise<ExportedFile | null>
  /** An export that has ended, or never was, is no error. */
  cancelExport(payload: { exportId: string }): Promise<void>
  /** Packs that enlarge pictures for exports; none of them draws. */
  listUpscalers(): Promise<readonly UpscalerSummary[]>
  /** Pins and saved searches: what people arrange for themselves and every window shows. */
  getKept(): Promise<Kept>
  /** Replaces what is given, and leaves the rest. */
  changeKept(payload: Partial<Kept>): Promise<void>
}

export const browsingCallNames = [
  'countPictures',
  'getTimeline',
  'continueGeneration',
  'readReceipt',
  'exportPictures',
  'cancelExport',
  'listUpscalers',
  'getKept',
  'changeKept',
] as const satisfies readonly (keyof BrowsingCalls)[]
