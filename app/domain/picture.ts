import type { DrawnOn } from './drawn-on.ts'
import type { GenerationSummary, PackReference } from './generation.ts'
import type { GenerationId, PictureId } from './ids.ts'

/** What a grid cell needs to draw one finished candidate. */
export interface PictureSummary {
  readonly id: PictureId
  readonly generationId: GenerationId
  /** 0-based number of the candidate in its run: part of the noise key, so (seed, index) names the picture. */
  readonly index: number
  readonly prompt: string
  readonly width: number
  readonly height: number
  /** Cosine similarity of prompt and picture under the pack's CLIP, −1 to 1; null when the pack has no CLIP. */
  readonly clipScore: number | null
  /** exp(mean negative log-likelihood of the image tokens under the conditional model). */
  readonly perplexity: number
  readonly createdAt: string
}

/** A picture among all that go back to the same first one. */
export interface PictureVersion {
  readonly pictureId: PictureId
  /** Null of the first one. */
  readonly parentId: PictureId | null
  readonly picture: PictureSummary
}

/** Everything that made a picture. */
export interface PictureDetail extends PictureSummary {
  /** 1 = best CLIP score of its run. */
  readonly rank: number
  readonly rows: number
  readonly columns: number
  /** Image tokens in raster order, `rows × columns` codes. */
  readonly tokens: readonly number[]
  /** Entropy in nats of the model's distribution at each token; same length as `tokens`, or empty where they are not known
   *  (a picture rebuilt from its file, or imported). */
  readonly entropies: readonly number[]
  /** sha256 of the PNG, its name in the object store. */
  readonly objectSha256: string
  readonly bytes: number
  readonly generation: GenerationSummary
  readonly pack: PackReference
  /** Null where it is not known: a picture of an earlier version, or one that was not drawn here. */
  readonly drawnOn?: DrawnOn | null
}
