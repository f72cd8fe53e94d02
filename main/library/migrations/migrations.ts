import type { Migration } from '../database/migrate.ts'
import { generationsAndPictures } from './0010-generations-and-pictures.ts'
import { organisingAndHealth } from './0020-organising-and-health.ts'
import { ordersAndLineage } from './0030-orders-and-lineage.ts'
import { shownPictures } from './0040-shown-pictures.ts'
import { drawnOn } from './0050-drawn-on.ts'

/** In order. A step that has been released is never edited: add the next one. */
export const migrations: readonly Migration[] = [
  generationsAndPictures,
  organisingAndHealth,
  ordersAndLineage,
  shownPictures,
  drawnOn,
]
