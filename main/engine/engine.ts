import type {
  CandidateFinished,
  DecodeJob,
  EngineAnswers,
  EngineDescription,
  PackToLoad,
  RgbPicture,
  RowFinished,
  UpscaleJob,
} from '#app/contract/engine-protocol.ts'
import type { PromptTokens } from '#app/contract/studio-api.ts'
import type { LayerRanges } from '#app/domain/cache-ranges.ts'
import type { PackId } from '#app/domain/ids.ts'

/** Called in order, between the call of `decode` and its answer. The engine waits for a returned promise before it goes on. */
export interface DecodeListener {
  onRow(row: RowFinished): void | Promise<void>
  onCandidate(candidate: CandidateFinished): void | Promise<void>
}

/** The owner's side of the engine process. Starts the process on first use; rejects with a `StudioError`. */
export interface Engine {
  /** Starts the process when there is none. */
  describe(): Promise<EngineDescription>
  loadPack(pack: PackToLoad): Promise<EngineAnswers['loadPack']>
  /** Gives its memory back. Only when no call uses the pack; one that is not loaded is no error. */
  unloadPack(packId: PackId): Promise<void>
  tokenize(packId: PackId, prompt: string): Promise<PromptTokens>
  /** @param signal aborting it cancels between two steps; the answer is then `cancelled`, not an error. */
  decode(job: DecodeJob, listener: DecodeListener, signal: AbortSignal): Promise<EngineAnswers['decode']>
  drawTokens(packId: PackId, grids: readonly Uint16Array[]): Promise<readonly RgbPicture[]>
  encodePicture(packId: PackId, picture: RgbPicture): Promise<EngineAnswers['encodePicture']>
  embedText(packId: PackId, text: string): Promise<Float32Array>
  embedPicture(packId: PackId, picture: RgbPicture): Promise<Float32Array>
  /** Draws some pictures of a prompt. @returns how far the keys and values of each layer went, for `cache-ranges.json` */
  measureCache(packId: PackId, prompt: string): Promise<readonly LayerRanges[]>
  /**
   * The picture `job.scale` times as wide and high. The engine keeps the model until another one or a `unloadPack` of its pack.
   * @param signal aborting it cancels between two tiles; the answer is then null, not an error
   */
  upscale(job: UpscaleJob, signal?: AbortSignal): Promise<RgbPicture | null>
  /** Ends the process. */
  close(): Promise<void>
}
