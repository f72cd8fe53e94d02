import type { LayerRanges } from '../domain/cache-ranges.ts'
import type { DrawnOn } from '../domain/drawn-on.ts'
import type { SamplingSettings, StageSeconds } from '../domain/generation.ts'
import type { GenerationId, PackId } from '../domain/ids.ts'
import type { Precision } from '../domain/pack.ts'
import type { UpscalerScale } from '../domain/upscaler.ts'
import type { PromptTokens } from './studio-api.ts'
import type { WireError } from './errors.ts'

/** RGB, 8 bits a channel, rows top to bottom: `pixels.length = width × height × 3`. */
export interface RgbPicture {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

/** One prompt to decode. Tokens depend on pack, precision, provider class, seed, candidate index, prompt, settings and forced tokens; on nothing else. */
export interface DecodeJob {
  readonly jobId: GenerationId
  readonly packId: PackId
  readonly prompt: string
  readonly seed: number
  /** Candidate numbers to draw, in order; not necessarily 0 … n−1 after a resume. */
  readonly candidates: readonly number[]
  readonly settings: SamplingSettings
  /** One entry per grid cell: the code to force, or −1 where the model is free. Absent = all free. */
  readonly forcedTokens?: Int32Array
  /**
   * Where kept cells follow a hole: how many attempts at it each candidate weighs by how likely they make what follows; absent = 1. Tokens depend on it.
   */
  readonly attempts?: number
  /** Tokens of finished rows from the journal, by candidate: decoding goes on after them with the same result. */
  readonly resume?: ReadonlyMap<number, Uint16Array>
  readonly isPreviewWanted: boolean
}

/** A pack folder that main/packs has validated: the engine checks the hashes of what it loads again. */
export interface PackToLoad {
  readonly packId: PackId
  readonly folder: string
  readonly precision: Precision
  /** True: no other device is tried. Absent = the one that is fastest and draws the pack's golden tokens. */
  readonly isCpuOnly?: boolean
}

/** A picture to enlarge by a model of an upscaler folder that main/packs has validated: the engine loads it when it is not the one in memory. */
export interface UpscaleJob {
  readonly packId: PackId
  readonly folder: string
  readonly scale: UpscalerScale
  readonly picture: RgbPicture
}

/** What an engine process runs on. */
export interface EngineDescription {
  /** Of ONNX Runtime. */
  readonly runtimeVersion: string
  /** Execution providers that this build has, by ONNX Runtime's names. */
  readonly providers: readonly string[]
  /** Threads inside one operator. */
  readonly threads: number
  /** What is in memory, and where it runs. */
  readonly loaded?: readonly ({ readonly packId: PackId } & DrawnOn)[]
}

export type EngineRequest =
  | { readonly type: 'describe' }
  | { readonly type: 'loadPack'; readonly pack: PackToLoad }
  | { readonly type: 'unloadPack'; readonly packId: PackId }
  | { readonly type: 'tokenize'; readonly packId: PackId; readonly prompt: string }
  | { readonly type: 'decode'; readonly job: DecodeJob }
  | { readonly type: 'cancel'; readonly jobId: GenerationId }
  /** The listener is done with `count` progress messages of the job: the engine runs a few ahead, no further. Not answered. */
  | { readonly type: 'acknowledge'; readonly jobId: GenerationId; readonly count: number }
  /** Pixels of finished token grids (`rows × columns` codes each). */
  | { readonly type: 'drawTokens'; readonly packId: PackId; readonly grids: readonly Uint16Array[] }
  | { readonly type: 'encodePicture'; readonly packId: PackId; readonly picture: RgbPicture }
  | { readonly type: 'embedText'; readonly packId: PackId; readonly text: string }
  | { readonly type: 'embedPicture'; readonly packId: PackId; readonly picture: RgbPicture }
  /** What a cache in int8 is calibrated with: draws some pictures of the prompt. */
  | { readonly type: 'measureCache'; readonly packId: PackId; readonly prompt: string }
  | { readonly type: 'upscale'; readonly jobId: number; readonly job: UpscaleJob }
  /** Heard between two tiles. */
  | { readonly type: 'cancelUpscale'; readonly jobId: number }

/** What each request is answered with. */
export interface EngineAnswers {
  describe: EngineDescription
  /** `provider`: the class that tokens depend on, `cpu` or a device; `where`: what runs where and why, for people. */
  loadPack: { readonly seconds: number; readonly provider: string; readonly where?: string }
  unloadPack: null
  tokenize: PromptTokens
  decode: { readonly outcome: 'finished' | 'cancelled'; readonly seconds: StageSeconds }
  cancel: null
  acknowledge: null
  drawTokens: { readonly pictures: readonly RgbPicture[] }
  encodePicture: { readonly tokens: Uint16Array; readonly reconstruction: RgbPicture; readonly psnr: number }
  embedText: { readonly embedding: Float32Array }
  embedPicture: { readonly embedding: Float32Array }
  measureCache: { readonly layers: readonly LayerRanges[] }
  /** Null = it was cancelled. */
  upscale: { readonly picture: RgbPicture | null }
  cancelUpscale: null
}

/** One finished row of `candidates.length` candidates; `tokens` holds `columns` codes for each, in the order of `candidates`. */
export interface RowFinished {
  readonly candidates: readonly number[]
  readonly row: number
  readonly rows: number
  readonly tokens: Uint16Array
  /** True: what follows may still change these tokens, so a resume must not begin with them. */
  readonly isProvisional?: boolean
  /** One entry per candidate: what it shows now, unfinished rows greyed; null = as before. Absent when nothing has changed, or none are wanted. */
  readonly previews?: readonly (RgbPicture | null)[]
}

export interface CandidateFinished {
  readonly index: number
  readonly tokens: Uint16Array
  /** Negative log-likelihood in nats of each drawn token under the conditional model at temperature 1; empty for a picture that was not drawn. */
  readonly nlls: Float32Array
  /** Entropy in nats of the same distribution at each token; empty likewise. */
  readonly entropies: Float32Array
  readonly perplexity: number
  readonly picture: RgbPicture
  readonly clipScore: number | null
  /** L2-normalised CLIP image embedding. */
  readonly embedding: Float32Array | null
  /** Absent for a picture that was not drawn. */
  readonly drawnOn?: DrawnOn
}

export interface EngineEnvelope {
  readonly seq: number
  readonly request: EngineRequest
}

/** Everything the engine process says. Progress of a decode comes before its answer, in order. */
export type EngineMessage =
  | { readonly type: 'ready'; readonly runtimeVersion: string }
  | { readonly type: 'answer'; readonly seq: number; readonly result: EngineAnswers[keyof EngineAnswers] }
  | { readonly type: 'failure'; readonly seq: number; readonly error: WireError }
  | { readonly type: 'row'; readonly jobId: GenerationId; readonly row: RowFinished }
  | { readonly type: 'candidate'; readonly jobId: GenerationId; readonly candidate: CandidateFinished }
  /** A device is about to be touched for the first time: should the process die now, its driver did it. */
  | { readonly type: 'trying'; readonly device: string }
  /** Sent while working, so that the watchdog can tell slow from stuck. */
  | { readonly type: 'alive' }
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
