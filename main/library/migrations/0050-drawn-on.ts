import type { Migration } from '../database/migrate.ts'

/** Device and precision that a picture's tokens were computed with, as JSON; null for those of earlier versions. */
export const drawnOn: Migration = {
  version: 50,
  name: 'drawn on',
  up: (db) => {
    db.exec('ALTER TABLE pictures ADD COLUMN drawn_on TEXT')
  },
}
