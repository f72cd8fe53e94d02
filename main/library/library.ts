import type { CandidateFinished, RgbPicture, RowFinished } from '#app/contract/engine-protocol.ts'
import type { TimelineDay } from '#app/contract/browsing-calls.ts'
import type { DuplicatePage, PictureOrder } from '#app/contract/library-calls.ts'
import type { Page, PageRequest } from '#app/contract/studio-api.ts'
import type {
  GenerationState,
  GenerationSummary,
  ImagePrompt,
  PackReference,
  SamplingSettings,
  StageSeconds,
} from '#app/domain/generation.ts'
import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import type {
  BackupInfo,
  LibraryStats,
  PictureProblem,
  RebuildReport,
  RepairReport,
  ScrubReport,
  VerifyReport,
} from '#app/domain/library-health.ts'
import type { Kept } from '#app/domain/kept.ts'
import type { ExportReport, ImportReport } from '#app/domain/library-portability.ts'
import type {
  CollectionId,
  CollectionSummary,
  FoundPicture,
  LabelScore,
  LabelSummary,
  Origin,
  PackScore,
  PictureFilter,
  SimilarPicture,
} from '#app/domain/organising.ts'
import type { PictureDetail, PictureSummary, PictureVersion } from '#app/domain/picture.ts'
import type { QueueState } from '#app/domain/queue-state.ts'

import type { PictureMetadata } from './png/picture-metadata.ts'

export interface NewGeneration {
  readonly prompt: string
  readonly seed: number
  readonly candidates: number
  readonly settings: SamplingSettings
  readonly pack: PackReference
  /** Grid of the pack, so that tokens stay readable without it. */
  readonly rows: number
  readonly columns: number
  readonly imagePrompt: ImagePrompt | null
  /** Default `easel`; `file` when its picture was read and not drawn. */
  readonly origin?: Origin
  /** What is known of where it came from, in words. */
  readonly originText?: string
}

/** What the journal holds of a job that has not ended: finished candidates, and whole rows of tokens of the others. */
export interface JournalState {
  readonly finished: ReadonlySet<number>
  readonly rows: ReadonlyMap<number, Uint16Array>
}

/** What opening found. `missingFiles` are pictures among the newest whose file is not there; the rest is checked by `verify`. */
export interface StartUpReport {
  /** The last writer crashed, was killed, or lost power; the database was then checked. */
  readonly wasLeftOpen: boolean
  readonly temporaryFilesRemoved: number
  readonly migrationsApplied: number
  readonly missingFiles: readonly PictureId[]
  readonly unfinishedGenerations: number
  /** What was put right before opening (`onDamage: 'repair'`); null when nothing had to be. */
  readonly repair: RepairReport | null
}

/**
 * The library on disk: SQLite and content-addressed PNGs. One writer. Every method returns after its commit
 * (`synchronous=FULL`), and a row never points at a missing file. Rejects or throws with a `StudioError`.
 */
export interface Library {
  readonly folder: string
  /** State `queued`; `finished` for an origin other than `easel`, where nothing is to be drawn. */
  createGeneration(generation: NewGeneration): GenerationSummary
  /** Sets state, and for ended ones the time, seconds or error; deletes the journal of one that finished or was cancelled. */
  setGenerationState(
    id: GenerationId,
    state: GenerationState,
    details?: { readonly seconds?: StageSeconds; readonly error?: { readonly code: string; readonly message: string } },
  ): GenerationSummary
  /** Journals one finished row of several candidates in one transaction. */
  appendRow(id: GenerationId, row: RowFinished): void
  readJournal(id: GenerationId): JournalState
  /** Write protocol of DESIGN.md: temp file → fsync → rename → fsync folder → one transaction. Idempotent per (generation, index). */
  addCandidate(id: GenerationId, candidate: CandidateFinished): Promise<PictureSummary>
  /** An ended job is `queued` again, with that many candidates in all; what it has stays. */
  extendGeneration(id: GenerationId, candidates: number): GenerationSummary
  /** What to go on with after a restart, oldest first: jobs in state `queued` or `running`, and newer ones that failed because the disk was full. */
  listUnfinished(): readonly GenerationSummary[]
  /** Order and pace of what waits, as they were kept last. */
  readQueueState(): QueueState
  keepQueueState(state: QueueState): void
  getGeneration(id: GenerationId): GenerationSummary
  /** Pictures of one run, best CLIP score first. */
  listPicturesOf(id: GenerationId): readonly PictureSummary[]
  listGenerations(request: PageRequest): Page<GenerationSummary>
  listPictures(request: PageRequest): Page<PictureSummary>
  getPicture(id: PictureId): PictureDetail
  /** Absolute path of the PNG. */
  pictureFile(id: PictureId): string
  countPictures(): number
  close(): void
}

/** What `openLibrary` answers: the library of the generation path, and all that keeps it for years. */
export interface StoredLibrary extends Library {
  /** `read`: another Easel writes, or the library is of a newer version; every change is then refused with `libraryReadOnly`. */
  readonly access: 'read' | 'write'
  /** What start-up found and put right; null for a reader. */
  readonly startUp: StartUpReport | null

  /** Structured search, newest first unless said otherwise; trash only when asked for. */
  findPictures(request: {
    readonly filter?: PictureFilter
    readonly order?: PictureOrder
    readonly cursor?: string | null
    /** Pictures to leave out from the beginning; not together with a cursor. */
    readonly offset?: number
    readonly limit?: number
  }): Page<FoundPicture>
  /** How many `findPictures` would list in all. */
  countFound(filter?: PictureFilter): number
  /** Pictures of each day, newest day first. @param utcOffsetMinutes minutes that local time is ahead of UTC */
  readTimeline(filter?: PictureFilter, utcOffsetMinutes?: number): readonly TimelineDay[]
  /** Pins and saved searches. */
  readKept(): Kept
  /** Replaces what is given. */
  changeKept(changes: Partial<Kept>): void
  /** Every picture that goes back to the same first one by image prompts, parents before children; at most 1000. */
  listVersions(id: PictureId): readonly PictureVersion[]
  /** 1–5 stars, 0 takes them away. */
  ratePictures(ids: readonly PictureId[], rating: number): void
  changeTags(
    ids: readonly PictureId[],
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): void
  listTags(): readonly { readonly name: string; readonly pictures: number }[]
  listCollections(): readonly CollectionSummary[]
  createCollection(name: string): CollectionSummary
  renameCollection(id: CollectionId, name: string): void
  /** Its pictures stay. */
  removeCollection(id: CollectionId): void
  changeCollection(
    id: CollectionId,
    change: { readonly add?: readonly PictureId[]; readonly remove?: readonly PictureId[] },
  ): void
  /** Into the trash; `restorePictures` undoes it. */
  deletePictures(ids: readonly PictureId[]): void
  restorePictures(ids: readonly PictureId[]): void
  /** Removes for good what has been in the trash for so many days (default 30). @returns how many pictures. */
  emptyTrash(olderThanDays?: number): number

  /** Full check of the database, and of every picture's file and row. */
  verify(): Promise<VerifyReport>
  /** Checks the next pictures after the resume point (default 64): for idle moments. */
  scrub(pictures?: number): ScrubReport
  /** What the scrubs have found so far. */
  listDamaged(): readonly PictureProblem[]
  /** Takes in picture files that no row names. */
  rebuild(): Promise<RebuildReport>
  /** A verified copy of the database under `backups/`; older ones are thinned to 7 days, 4 weeks, 6 months. */
  backUp(): Promise<BackupInfo>
  /** Backs up when the newest backup is a day old; null when not due. */
  backUpIfDue(): Promise<BackupInfo | null>
  /** Newest first. */
  listBackups(): readonly BackupInfo[]
  stats(): LibraryStats

  /** PNG files, or every PNG under a folder: of Easel, AUTOMATIC1111, InvokeAI, ComfyUI or of no known program. */
  importPictures(source: { readonly files: readonly string[] } | { readonly folder: string }): ImportReport
  /** One tar file with a manifest and hashes. Without pixels it holds tokens, and opening it draws them. */
  exportArchive(options: {
    readonly file: string
    /** Default: the whole library without its trash. */
    readonly ids?: readonly PictureId[]
    readonly hasPixels?: boolean
  }): Promise<ExportReport>
  /** Merges an archive without making duplicates. `draw` is asked for pictures that came as tokens. */
  importArchive(options: {
    readonly file: string
    readonly draw?: (metadata: PictureMetadata) => Promise<RgbPicture>
  }): Promise<ImportReport>
  /** Takes in the pictures of another library with their marks. */
  mergeLibrary(folder: string): Promise<ImportReport>

  /**
   * A search first reads every vector of its CLIP pack, about 20 µs each; this reads some, so that other work can be done in
   * between. @param of the pack, or the picture, that is to be searched with. @returns true when the search has all it needs
   */
  readVectors(of: PackReference | PictureId, rows?: number): boolean
  /** Exact nearest pictures to an embedding of that CLIP pack: of words, or of a picture from outside. Best first. */
  searchEmbedding(pack: PackReference, embedding: Float32Array, limit?: number): readonly SimilarPicture[]
  /** Exact nearest pictures to one of the library. */
  searchPicture(id: PictureId, limit?: number): readonly SimilarPicture[]
  /** At least that similar (default 0.97), best first, at most 1000. */
  findNearDuplicates(id: PictureId, minSimilarity?: number): readonly SimilarPicture[]
  /** A walk through the library, newest first, for groups of near-duplicates (default 0.97); each group comes once. */
  listDuplicates(request: {
    readonly minSimilarity?: number
    readonly cursor?: string | null
    readonly limit?: number
  }): Promise<DuplicatePage>
  /** Whose scores are shown; null = of each picture the pack that drew it. Scores of other packs stay. */
  chooseClipPack(pack: PackReference | null): void
  readClipPack(): PackReference | null
  /** Pictures outside the trash that the pack has scored, and that it has not. */
  countScored(pack: PackReference): { readonly scored: number; readonly waiting: number }
  /** Every score of a picture with the pack that made it, the one that is shown first. */
  listScores(id: PictureId): readonly PackScore[]
  /** Pictures that the pack has not scored yet, newest first: the work of a background job. @param before only older ones */
  listUnscored(
    pack: PackReference,
    limit?: number,
    before?: PictureId,
  ): readonly { readonly id: PictureId; readonly prompt: string }[]
  /** @param scored.embedding L2-normalised. */
  addScore(
    pack: PackReference,
    id: PictureId,
    scored: { readonly score: number; readonly embedding: Float32Array },
  ): void
  /** Keeps a zero-shot label and scores up to `limit` more pictures with it. @returns how many; fewer than asked = done. */
  scoreLabel(
    pack: PackReference,
    label: { readonly name: string; readonly embedding: Float32Array },
    limit?: number,
  ): number
  /** Scores pictures that came since with the labels that are kept. @returns how many; fewer than `limit` = done. */
  scoreKeptLabels(limit?: number): number
  listLabels(): readonly LabelSummary[]
  /** With its scores, of every pack. */
  removeLabel(name: string): void
  listLabelScores(id: PictureId): readonly LabelScore[]
}
