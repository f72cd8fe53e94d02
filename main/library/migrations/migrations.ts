import type { Migration } from '../database/migrate.ts'
import { generationsAndPictures } from './0010-generations-and-pictures.ts'

/** In order. A step that has been released is never edited: add the next one. */
export const migrations: readonly Migration[] = [generationsAndPictures]
