import type { Migration } from '../database/migrate.ts'

/** Best score first without a sort, and the pictures that were drawn from a picture. */
export const ordersAndLineage: Migration = {
  version: 30,
  name: 'orders and lineage',
  up: (db) => {
    db.exec(`
      CREATE INDEX scores_by_score ON scores (score, picture_key);
      CREATE INDEX generations_by_source ON generations (json_extract(image_prompt, '$.pictureId'))
        WHERE image_prompt IS NOT NULL;
    `)
  },
}
