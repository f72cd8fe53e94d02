import { rmSync } from 'node:fs'

import { afterEach, beforeEach, expect, it } from 'vitest'

import type { StoredLibrary } from '#main/library/library.ts'
import { openLibrary } from '#main/library/open-library.ts'
import { makeQuickFolder } from '#main/library/testing/folders.ts'

import { libraryFacts } from './facts.ts'

let folder: string
let library: StoredLibrary
beforeEach(async () => {
  folder = makeQuickFolder('facts')
  library = await openLibrary({ folder })
})
afterEach(() => {
  library.close()
  rmSync(folder, { recursive: true })
})

it('finds nothing wrong with a sound library', () => {
  expect(libraryFacts(library).map(({ subject, isGood }) => [subject, isGood])).toEqual([
    ['library', true],
    ['database', true],
    ['disk', true],
  ])
})

it('says of a library of a newer Easel that this one can only look at it', () => {
  const newer = { ...library, stats: () => ({ ...library.stats(), schemaVersion: 990 }) }
  const [, database] = libraryFacts(newer)
  expect(database).toMatchObject({ subject: 'database', isGood: false })
  expect(database?.text).toContain('schema 990 of a newer Easel, which this one can only look at: it knows up to ')
})
