import type { CollectionId, CollectionSummary, FoundPicture, PictureFilter } from '../domain/organising.ts'
import type { PictureId } from '../domain/ids.ts'
import type { Page } from './page.ts'

export const pictureOrders = ['newest', 'oldest', 'clipScore', 'rating'] as const
export type PictureOrder = (typeof pictureOrders)[number]

/** A picture and how like it is to what was asked for: cosine of CLIP embeddings, −1 to 1. */
export interface SimilarPicture {
  readonly picture: FoundPicture
  readonly similarity: number
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
] as const satisfies readonly (keyof LibraryCalls)[]
