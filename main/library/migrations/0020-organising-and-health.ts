import type { Migration } from '../database/migrate.ts'

/**
 * Ratings, tags, collections, the trash, labels; where a picture came from; checksums of what no PNG repeats; what the
 * scrub found. One partial index per number of stars: each streams newest first, however rare the stars are.
 */
export const organisingAndHealth: Migration = {
  version: 20,
  name: 'organising and health',
  up: (db) => {
    db.exec(`
      ALTER TABLE generations ADD COLUMN origin TEXT NOT NULL DEFAULT 'easel';
      ALTER TABLE generations ADD COLUMN origin_text TEXT;
      ALTER TABLE pictures ADD COLUMN rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5);
      ALTER TABLE pictures ADD COLUMN deleted_at INTEGER;
      ALTER TABLE picture_tokens ADD COLUMN crc32 INTEGER;
      ALTER TABLE embeddings ADD COLUMN crc32 INTEGER;
      ${[1, 2, 3, 4, 5].map((stars) => `CREATE INDEX pictures_rated_${stars} ON pictures (key) WHERE rating >= ${stars};`).join('\n')}
      CREATE INDEX pictures_deleted ON pictures (key) WHERE deleted_at IS NOT NULL;

      CREATE TABLE tags (
        key INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE
      ) STRICT;
      CREATE TABLE picture_tags (
        tag_key INTEGER NOT NULL REFERENCES tags ON DELETE CASCADE,
        picture_key INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
        PRIMARY KEY (tag_key, picture_key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX picture_tags_by_picture ON picture_tags (picture_key);

      CREATE TABLE collections (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE collection_pictures (
        collection_key INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
        picture_key INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
        PRIMARY KEY (collection_key, picture_key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX collection_pictures_by_picture ON collection_pictures (picture_key);

      CREATE TABLE labels (
        key INTEGER PRIMARY KEY,
        clip_pack_key INTEGER NOT NULL REFERENCES packs,
        name TEXT NOT NULL,
        vector BLOB NOT NULL,
        UNIQUE (clip_pack_key, name)
      ) STRICT;
      CREATE TABLE label_scores (
        label_key INTEGER NOT NULL REFERENCES labels ON DELETE CASCADE,
        picture_key INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
        score REAL NOT NULL,
        PRIMARY KEY (label_key, picture_key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX label_scores_by_picture ON label_scores (picture_key);

      CREATE TABLE damaged_pictures (
        picture_key INTEGER PRIMARY KEY REFERENCES pictures ON DELETE CASCADE,
        problem TEXT NOT NULL,
        found_at INTEGER NOT NULL
      ) STRICT;
    `)
  },
}
