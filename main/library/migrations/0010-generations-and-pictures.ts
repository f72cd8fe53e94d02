import type { Migration } from '../database/migrate.ts'

/**
 * `key` is a time-ordered integer (`records/keys.ts`): newest first is `ORDER BY key DESC` in tables and in FTS5 alike,
 * so a page of search results streams without a sort. Wide columns live apart, so that a gallery page reads few pages.
 */
export const generationsAndPictures: Migration = {
  version: 10,
  name: 'generations and pictures',
  up: (db) => {
    db.exec(`
      CREATE TABLE prompts (
        key INTEGER PRIMARY KEY,
        text TEXT NOT NULL UNIQUE
      ) STRICT;

      CREATE TABLE packs (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        version TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        UNIQUE (id, version, sha256)
      ) STRICT;

      CREATE TABLE generations (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        prompt_key INTEGER NOT NULL REFERENCES prompts,
        pack_key INTEGER NOT NULL REFERENCES packs,
        seed INTEGER NOT NULL,
        candidates INTEGER NOT NULL,
        settings TEXT NOT NULL,
        rows INTEGER NOT NULL,
        columns INTEGER NOT NULL,
        image_prompt TEXT,
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'finished', 'cancelled', 'failed')),
        created_at INTEGER NOT NULL,
        finished_at INTEGER,
        seconds TEXT,
        error_code TEXT,
        error_message TEXT
      ) STRICT;
      CREATE INDEX generations_unfinished ON generations (key) WHERE state IN ('queued', 'running');
      CREATE INDEX generations_by_prompt ON generations (prompt_key);

      CREATE TABLE pictures (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        generation_key INTEGER NOT NULL REFERENCES generations,
        candidate INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        perplexity REAL NOT NULL,
        object_sha256 TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (generation_key, candidate)
      ) STRICT;
      CREATE INDEX pictures_by_object ON pictures (object_sha256);

      CREATE TABLE picture_tokens (
        picture_key INTEGER PRIMARY KEY REFERENCES pictures ON DELETE CASCADE,
        tokens BLOB NOT NULL,
        entropies BLOB NOT NULL
      ) STRICT;

      CREATE TABLE scores (
        clip_pack_key INTEGER NOT NULL REFERENCES packs,
        picture_key INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
        score REAL NOT NULL,
        PRIMARY KEY (clip_pack_key, picture_key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX scores_by_picture ON scores (picture_key);

      CREATE TABLE embeddings (
        key INTEGER PRIMARY KEY,
        clip_pack_key INTEGER NOT NULL REFERENCES packs,
        picture_key INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE,
        vector BLOB NOT NULL,
        UNIQUE (clip_pack_key, picture_key)
      ) STRICT;
      CREATE INDEX embeddings_by_picture ON embeddings (picture_key);

      CREATE TABLE journal (
        generation_key INTEGER NOT NULL REFERENCES generations ON DELETE CASCADE,
        candidate INTEGER NOT NULL,
        grid_row INTEGER NOT NULL,
        tokens BLOB NOT NULL,
        PRIMARY KEY (generation_key, candidate, grid_row)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE VIRTUAL TABLE picture_search USING fts5 (
        prompt, tags, content='', contentless_delete=1, prefix='1 2 3',
        tokenize="unicode61 remove_diacritics 2"
      );
      CREATE VIRTUAL TABLE generation_search USING fts5 (
        prompt, content='', contentless_delete=1, prefix='1 2 3',
        tokenize="unicode61 remove_diacritics 2"
      );
    `)
  },
}
