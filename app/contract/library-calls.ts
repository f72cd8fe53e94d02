import type { BackupInfo, PictureProblem, RebuildReport, RepairReport, VerifyReport } from '../domain/library-health.ts'
import type {
  CollectionId,
  CollectionSummary,
  FoundPicture,
  LabelScore,
  LabelSummary,
  PackScore,
  PictureFilter,
} from '../domain/organising.ts'
import type { PackId, PictureId } from '../domain/ids.ts'
import type { Page } from './page.ts'

export const pictureOrders = ['newest', 'oldest', 'clipScore', 'rating'] as const
export type PictureOrder = (typeof pictureOrders)[number]

/** A picture and how like it is to what was asked for: cosine of CLIP embeddings, −1 to 1. */
export interface SimilarPicture {
  readonly picture: FoundPicture
  readonly similarity: number
}

/** Pictures that look alike, newest first; at least two. */
export type DuplicateGroup = readonly FoundPicture[]

/** Part of a walk through the library, newest first: `examined` pictures of it gave these groups. */
export interface DuplicatePage {
  readonly groups: readonly DuplicateGroup[]
  readonly examined: number
  /** Null = the whole library has been looked at. */
  readonly nextCursor: string | null
}

/** A pack whose CLIP can score pictures, and how far it has. */
export interface ClipPackState {
  readonly packId: PackId
  readonly name: string
  readonly version: string
  /** Its scores are the ones shown. */
  readonly isChosen: boolean
  readonly scored: number
  readonly waiting: number
}

/** Work of the background: pictures scored by the chosen CLIP pack, and compared with the labels. */
export interface RescoringState {
  /** Null: every picture shows the score of the pack that drew it. */
  readonly chosen: PackId | null
  readonly isRunning: boolean
  /** Scored by the chosen pack, and not yet. */
  readonly scored: number
  readonly waiting: number
  /** Could not be scored in this session: their file is missing or damaged. */
  readonly failed: number
  /** Why it stands still (the pack is gone, the engine died); null else. */
  readonly error: string | null
}

/** What the library says of its own health. */
export interface LibraryHealth {
  readonly folder: string
  readonly access: 'read' | 'write'
  readonly pictures: number
  readonly generations: number
  readonly inTrash: number
  readonly bytes: number
  readonly schemaVersion: number
  readonly sqliteVersion: string
  readonly newestBackup: string | null
  readonly backups: number
}

/** Calls of `StudioApi` that organise and find what is there. Changes are undone by their opposite; deleting is into the trash. */
export interface LibraryCalls {
  /** Structured search; the trash only when `filter.isDeleted`. */
  findPictures(payload: {
    filter?: PictureFilter
    order?: PictureOrder
    cursor?: string | null
    /** Pictures to leave out from the beginning of the list: any place of a huge library in one step. Not together with a cursor. */
    offset?: number
    limit?: number
  }): Promise<Page<FoundPicture>>
  /** By meaning: CLIP text embedding of the words against every picture. Needs a pack with CLIP. */
  findByMeaning(payload: { text: string; limit?: number }): Promise<readonly SimilarPicture[]>
  /** Most like a picture, itself left out. */
  findSimilar(payload: { pictureId: PictureId; limit?: number }): Promise<readonly SimilarPicture[]>
  /** 1–5 stars, 0 takes them away. */
  ratePictures(payload: { pictureIds: readonly PictureId[]; rating: number }): Promise<void>
  changeTags(payload: {
    pictureIds: readonly PictureId[]
    add?: readonly string[]
    remove?: readonly string[]
  }): Promise<void>
  listTags(): Promise<readonly { readonly name: string; readonly pictures: number }[]>
  listCollections(): Promise<readonly CollectionSummary[]>
  createCollection(payload: { name: string }): Promise<CollectionSummary>
  renameCollection(payload: { collectionId: CollectionId; name: string }): Promise<void>
  /** Its pictures stay. */
  removeCollection(payload: { collectionId: CollectionId }): Promise<void>
  changeCollection(payload: {
    collectionId: CollectionId
    add?: readonly PictureId[]
    remove?: readonly PictureId[]
  }): Promise<void>
  /** Into the trash; `restorePictures` undoes it. */
  deletePictures(payload: { pictureIds: readonly PictureId[] }): Promise<void>
  restorePictures(payload: { pictureIds: readonly PictureId[] }): Promise<void>
  /** Removes for good what has been in the trash for so many days (default 30; 0 = all of it). */
  emptyTrash(payload: { olderThanDays?: number }): Promise<{ readonly removed: number }>
  getLibraryHealth(): Promise<LibraryHealth>
  /** Makes and verifies a snapshot now. */
  backupLibrary(): Promise<{ readonly file: string; readonly bytes: number }>

  /** At least that similar (0.5–1, default 0.97) to a picture, best first, at most 1000, itself left out. */
  findNearDuplicates(payload: { pictureId: PictureId; minSimilarity?: number }): Promise<readonly SimilarPicture[]>
  /** Looks at the next pictures (`limit`, default 100, at most 1000) for groups of near-duplicates anywhere in the library. */
  listDuplicates(payload: { minSimilarity?: number; cursor?: string | null; limit?: number }): Promise<DuplicatePage>

  /** Zero-shot labels and how many pictures each has been compared with. */
  listLabels(): Promise<readonly LabelSummary[]>
  /** Compares the words with every picture, in the background, under the chosen CLIP pack (or the default pack's). */
  addLabel(payload: { name: string }): Promise<LabelSummary>
  /** With its scores, of every pack. */
  removeLabel(payload: { name: string }): Promise<void>
  /** Best first. */
  listLabelScores(payload: { pictureId: PictureId }): Promise<readonly LabelScore[]>

  /** Every CLIP score of a picture, each with the pack that made it. */
  listScores(payload: { pictureId: PictureId }): Promise<readonly PackScore[]>
  listClipPacks(): Promise<readonly ClipPackState[]>
  /** Whose scores are shown; pictures that it has not scored are scored in the background. Scores of other packs stay. */
  chooseClipPack(payload: { packId: PackId | null }): Promise<RescoringState>
  getRescoring(): Promise<RescoringState>

  /** Full check of the database and of every picture's file. Minutes for a large library. */
  verifyLibrary(): Promise<VerifyReport>
  /** What the checks of idle time have found so far. */
  listDamaged(): Promise<readonly PictureProblem[]>
  /** Takes in picture files that the database does not know. */
  rebuildLibrary(): Promise<RebuildReport>
  /**
   * Puts a damaged database right; a sound one is left as it is. The running job pauses, every other call waits or is
   * refused with `libraryLocked`, and `libraryReplaced` is announced at the end.
   */
  repairLibrary(): Promise<RepairReport>
  /** Newest first. */
  listBackups(): Promise<readonly BackupInfo[]>
  /** Goes back to a backup, as `repairLibrary` does; the present database is kept aside, newer pictures are taken in from their files. */
  restoreBackup(payload: { name: string }): Promise<RepairReport>
}

export const libraryCallNames = [
  'findPictures',
  'findByMeaning',
  'findSimilar',
  'ratePictures',
  'changeTags',
  'listTags',
  'listCollections',
  'createCollection',
  'renameCollection',
  'removeCollection',
  'changeCollection',
  'deletePictures',
  'restorePictures',
  'emptyTrash',
  'getLibraryHealth',
  'backupLibrary',
  'findNearDuplicates',
  'listDuplicates',
  'listLabels',
  'addLabel',
  'removeLabel',
  'listLabelScores',
  'listScores',
  'listClipPacks',
  'chooseClipPack',
  'getRescoring',
  'verifyLibrary',
  'listDamaged',
  'rebuildLibrary',
  'repairLibrary',
  'listBackups',
  'restoreBackup',
] as const satisfies readonly (keyof LibraryCalls)[]
