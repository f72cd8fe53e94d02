import Database from 'better-sqlite3'
import { expect, it } from 'vitest'

import { toLibraryError } from './library-errors.ts'

it('says what the system said once, with its code', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  expect(toLibraryError(full)).toMatchObject({
    code: 'storageFull',
    message:
      'The disk is full. Free some space and try again; nothing that was saved is lost. (ENOSPC: no space left on device, write)',
  })
  const damaged = new Database.SqliteError('database disk image is malformed', 'SQLITE_CORRUPT')
  expect(toLibraryError(damaged)).toMatchObject({
    code: 'libraryDamaged',
    message:
      'The library database is damaged. Nothing more is written to it; `easel library repair` restores it. (SQLITE_CORRUPT: database disk image is malformed)',
  })
})
