import type { Migration } from '../database/migrate.ts'

/**
 * The pictures outside the trash as a list of keys alone: counting them, or the days they were made on, reads nothing
 * else. On an expression, so that SQLite takes it only where it is named, and not for pages that stream from the table.
 */
export const shownPictures: Migration = {
  version: 40,
  name: 'shown pictures',
  up: (db) => {
    db.exec('CREATE INDEX pictures_shown ON pictures (key + 0) WHERE deleted_at IS NULL')
  },
}
