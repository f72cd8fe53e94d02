import { browsingCallNames, type BrowsingCalls } from './browsing-calls.ts'
import { editingCallNames, type EditingCalls } from './editing-calls.ts'
import { helpCallNames, type HelpCalls } from './help-calls.ts'
import { importCallNames, type ImportCalls } from './import-calls.ts'
import { libraryCallNames, type LibraryCalls, type RescoringState } from './library-calls.ts'
import type { CheckpointImport } from '../domain/checkpoint.ts'
import type { GenerationRequest, GenerationSummary } from '../domain/generation.ts'
import type { GenerationId, PackId, PictureId } from '../domain/ids.ts'
import type { PackSummary } from '../domain/pack.ts'
import type { PictureDetail, PictureSummary } from '../domain/picture.ts'
import type { ErrorCode } from './errors.ts'
import type { Page, PageRequest } from './page.ts'

export type { Page, PageRequest } from './page.ts'

export interface StudioInfo {
  readonly version: string
  readonly shell: 'electron' | 'browser' | 'cli'
  /** Pack used when a request names none; null when no pack is installed. */
  readonly defaultPackId: PackId | null
  readonly pictureCount: number
  readonly isQueuePaused: boolean
}

/** How a prompt fits a pack. `kept` is the part of the text the model sees; the rest is cut off. */
export interface PromptTokens {
  readonly count: number
  readonly limit: number
  readonly tokens: readonly string[]
  readonly kept: string
}

/** A job that has not ended yet, with what a page opened later needs to show it. */
export interface QueueEntry {
  readonly generation: GenerationSummary
  /** Finished rows of the chunk being decoded, and of how many. */
  readonly row: number
  readonly rows: number
  /** Of the newest previews; 0 = there are none yet. */
  readonly previewVersion: number
  /** Candidates that have no preview yet; left out = none of them. */
  readonly withoutPreview?: readonly number[]
}

/**
 * The only thing a shell, the renderer, the command line or a test talks to.
 * One named payload per call. Rejects with a `StudioError`; every list is a page.
 */
export interface StudioApi extends LibraryCalls, EditingCalls, BrowsingCalls, ImportCalls, HelpCalls {
  getStudioInfo(): Promise<StudioInfo>
  listPacks(): Promise<readonly PackSummary[]>
  /** Token count of a prompt as typed; cheap, for every key stroke. */
  tokenizePrompt(payload: { prompt: string; packId?: PackId }): Promise<PromptTokens>
  /** Writes the job to the library, queues it, and answers; progress comes as events. */
  generate(request: GenerationRequest): Promise<GenerationSummary>
  /** Finished candidates are kept. Cancelling what has ended does nothing. */
  cancelGeneration(payload: { generationId: GenerationId }): Promise<void>
  listQueue(): Promise<readonly QueueEntry[]>
  /** Prompt history, newest first. */
  listGenerations(payload: PageRequest): Promise<Page<GenerationSummary>>
  getGeneration(payload: {
    generationId: GenerationId
  }): Promise<{ generation: GenerationSummary; pictures: readonly PictureSummary[] }>
  /** The library, newest first. */
  listPictures(payload: PageRequest): Promise<Page<PictureSummary>>
  getPicture(payload: { pictureId: PictureId }): Promise<PictureDetail>
}

export const callNames = [
  'getStudioInfo',
  'listPacks',
  'tokenizePrompt',
  'generate',
  'cancelGeneration',
  'listQueue',
  'listGenerations',
  'getGeneration',
  'listPictures',
  'getPicture',
  ...libraryCallNames,
  ...editingCallNames,
  ...importCallNames,
  ...browsingCallNames,
  ...helpCallNames,
] as const satisfies readonly (keyof StudioApi)[]
export type CallName = (typeof callNames)[number]

type Never<T extends never> = T
/** The compiler says here when a call is missing from `callNames`. */
export type _EveryCallIsListed = Never<Exclude<keyof StudioApi, CallName>>

/** What happens in the studio, to every open window. Announces state that is already committed; never steers control flow. */
export type StudioEvent =
  | { readonly type: 'generationQueued'; readonly generation: GenerationSummary }
  | { readonly type: 'generationStarted'; readonly generationId: GenerationId }
  /** A row of tokens of the candidates `first … first + count − 1` is journalled; previews of them can be fetched at `version`, 0 = there are none yet. */
  | {
      readonly type: 'rowFinished'
      readonly generationId: GenerationId
      readonly first: number
      readonly count: number
      readonly row: number
      readonly rows: number
      readonly version: number
      /** Of these candidates those that have no preview yet; left out = none of them. */
      readonly withoutPreview?: readonly number[]
    }
  | { readonly type: 'candidateFinished'; readonly generationId: GenerationId; readonly picture: PictureSummary }
  | { readonly type: 'generationEnded'; readonly generation: GenerationSummary }
  /** The engine process ended in the middle of a job, which goes on from its journal in a new one. A job that does not go on ends instead. */
  | {
      readonly type: 'engineRestarted'
      readonly generationId: GenerationId
      readonly error: { readonly code: ErrorCode; readonly message: string }
    }
  | { readonly type: 'packsChanged' }
  /** Pictures of an export that are ready, of how many. */
  | { readonly type: 'exportProgressed'; readonly exportId: string; readonly done: number; readonly total: number }
  /** Scores or labels came, at most once a second; lists that are sorted or filtered by them are to be read again when `isRunning` is false. */
  | { readonly type: 'rescoringChanged'; readonly rescoring: RescoringState }
  /** The database was put right or restored: everything shown is to be read again. */
  | { readonly type: 'libraryReplaced' }
  /** Told a few times a second while it works. Null = it was forgotten. */
  | { readonly type: 'importChanged'; readonly import: CheckpointImport | null }
  /** 0 = no stars any more. */
  | { readonly type: 'picturesRated'; readonly pictureIds: readonly PictureId[]; readonly rating: number }
  | { readonly type: 'picturesTagged'; readonly pictureIds: readonly PictureId[] }
  /** Into the trash, or out of it. */
  | { readonly type: 'picturesDeleted'; readonly pictureIds: readonly PictureId[] }
  | { readonly type: 'picturesRestored'; readonly pictureIds: readonly PictureId[] }
  /** Some pictures left the trash for good. */
  | { readonly type: 'trashEmptied' }
  | { readonly type: 'collectionsChanged' }
  | { readonly type: 'keptChanged' }
  /** Its order, or whether it goes on. */
  | { readonly type: 'queueChanged'; readonly isPaused: boolean }

/** Transport: about twenty lines per shell. */
export interface StudioTransport {
  invoke(name: CallName, payload: unknown): Promise<unknown>
  subscribe(listener: (event: StudioEvent) => void): () => void
  /** Where the bytes of a resource are, as an `<img src>`. `path` comes from `resourcePath`. */
  resourceUrl(path: string): string
}

/** The typed face of a transport. */
export function createApi(transport: Pick<StudioTransport, 'invoke'>): StudioApi {
  const api: Record<string, (payload?: unknown) => Promise<unknown>> = {}
  for (const name of callNames) api[name] = (payload) => transport.invoke(name, payload ?? {})
  return api as unknown as StudioApi
}
