import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { all, openReadable, openWritable } from '../database/database.ts'
import { applicationId, migrate } from '../database/migrate.ts'
import { openObjectStore } from '../files/object-store.ts'
import { nodeFileSystem } from '../files/file-system.ts'
import { databaseName } from '../library-folder.ts'
import { openLibrary } from '../open-library.ts'
import { buildPictureQuery } from '../search/find-pictures.ts'
import { stagesOf, startOf } from '../search/picture-order.ts'
import { makeQuickFolder } from '../testing/folders.ts'
import { migrations } from './migrations.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = makeQuickFolder('migrations')
  file = join(folder, databaseName)
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('runner', () => {
  it('applies what is pending once, and marks the file', () => {
    const db = openWritable(file)
    expect(migrate(db, migrations)).toBe(migrations.length)
    expect(migrate(db, migrations)).toBe(0)
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.at(-1)!.version)
    expect(db.pragma('application_id', { simple: true })).toBe(applicationId)
    db.close()
  })

  it('leaves the earlier schema whole when a step fails', () => {
    const db = openWritable(file)
    migrate(db, migrations.slice(0, 1))
    const schema = () => all(db, 'SELECT name, sql FROM sqlite_schema ORDER BY name')
    const before = schema()
    const broken = {
      version: 9000,
      name: 'broken',
      up: () => {
        throw new Error('out of ideas')
      },
    }
    expect(() => migrate(db, [...migrations, broken])).toThrow('out of ideas')
    expect([schema(), db.pragma('user_version', { simple: true })]).toEqual([before, 10])
    db.close()
  })
})

describe.each(migrations.slice(0, -1).map(({ version }) => version))('from schema %i', (earlier) => {
  const steps = migrations.filter(({ version }) => version <= earlier)

  /** One generation with two pictures, as that schema kept them. */
  function makeEarlier(): void {
    const db = openWritable(file)
    migrate(db, steps)
    const sha256 = openObjectStore(nodeFileSystem, folder).put(Buffer.from('not looked at'))
    db.exec(`
      INSERT INTO prompts (key, text) VALUES (1, 'an old prompt');
      INSERT INTO packs (key, id, version, sha256) VALUES (1, 'old', '1.0.0', '${'ab'.repeat(32)}');
      INSERT INTO generations (key, id, prompt_key, pack_key, seed, candidates, settings, rows, columns, state,
          created_at, finished_at) VALUES (2048000, '00000000-0000-7000-8000-000000000001', 1, 1, 5, 2,
        '{"temperature":1,"topK":0,"topP":1,"guidanceScale":3}', 1, 2, 'finished', 1000, 2000);
      INSERT INTO generation_search (rowid, prompt) VALUES (2048000, 'an old prompt');
    `)
    for (const n of [0, 1]) {
      db.exec(`
        INSERT INTO pictures (key, id, generation_key, candidate, width, height, perplexity, object_sha256, bytes,
          created_at) VALUES (${2048000 + n}, '00000000-0000-7000-8000-00000000010${n}', 2048000, ${n}, 8, 8, 2.5,
          '${sha256}', 13, 1000);
        INSERT INTO picture_tokens (picture_key, tokens, entropies) VALUES (${2048000 + n}, x'01000200', x'0000803f0000803f');
        INSERT INTO scores (clip_pack_key, picture_key, score) VALUES (1, ${2048000 + n}, 0.${n + 1});
        INSERT INTO embeddings (key, clip_pack_key, picture_key, vector) VALUES (${n + 1}, 1, ${2048000 + n}, x'0000803f00000000');
        INSERT INTO picture_search (rowid, prompt, tags) VALUES (${2048000 + n}, 'an old prompt', '');
      `)
    }
    db.close()
  }

  it('keeps everything, after a verified backup', async () => {
    makeEarlier()
    const library = await openLibrary({ folder })
    expect(library.startUp).toMatchObject({ migrationsApplied: migrations.length - steps.length, missingFiles: [] })
    expect(library.listBackups()).toHaveLength(1)
    expect(library.findPictures({ filter: { query: 'old' } }).items).toMatchObject([
      { index: 1, rating: 0, tags: [], clipScore: 0.2 },
      { index: 0, rating: 0, tags: [], clipScore: 0.1 },
    ])
    const [newest] = library.listPictures({}).items
    expect(library.getPicture(newest!.id)).toMatchObject({ tokens: [1, 2], entropies: [1, 1], generation: { seed: 5 } })
    expect(library.searchPicture(newest!.id)).toMatchObject([{ index: 0, similarity: 1 }])
    library.ratePictures([newest!.id], 5)
    library.close()
    const backup = openReadable(join(folder, 'backups', library.listBackups()[0]!.name))
    expect(backup.pragma('user_version', { simple: true })).toBe(earlier)
    backup.close()
  })

  it('cannot be read before it is brought up to date', async () => {
    makeEarlier()
    await expect(openLibrary({ folder, access: 'read' })).rejects.toMatchObject({ code: 'libraryReadOnly' })
  })
})

describe('gallery queries', () => {
  it.each([
    ['the library', {}, stagesOf.newest[0]!, 'SEARCH p USING INTEGER PRIMARY KEY'],
    ['the oldest first', {}, stagesOf.oldest[0]!, 'SEARCH p USING INTEGER PRIMARY KEY'],
    ['the best scores first', {}, stagesOf.clipScore[0]!, 'INDEX scores_by_score'],
    ['three stars', {}, stagesOf.rating[2]!, 'USING INDEX pictures_rated_3'],
    ['stars', { minRating: 4 }, stagesOf.newest[0]!, 'USING INDEX pictures_rated_4'],
    ['the trash', { isDeleted: true }, stagesOf.newest[0]!, 'USING INDEX pictures_deleted'],
    ['a tag', { tags: ['a'] }, stagesOf.newest[0]!, 'SEARCH pt USING PRIMARY KEY'],
    ['words', { query: 'a' }, stagesOf.newest[0]!, 'SCAN f VIRTUAL TABLE'],
  ])('stream %s in order, without a sort', (_, filter, stage, access) => {
    mkdirSync(folder, { recursive: true })
    const db = openWritable(file)
    migrate(db, migrations)
    const { sql, values } = buildPictureQuery(filter, stage, startOf(stage), 200)
    const plan = all<{ detail: string }>(db, `EXPLAIN QUERY PLAN ${sql}`, ...values).map((step) => step.detail)
    db.close()
    expect(plan[0]).toContain(access)
    // The tags of one picture are sorted, a handful at a time; the page is not.
    const sorts = plan.filter((step) => step.includes('TEMP B-TREE'))
    expect(sorts.length).toBeLessThanOrEqual(1)
  })
})
