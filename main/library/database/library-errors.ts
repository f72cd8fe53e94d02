import Database from 'better-sqlite3'

import { StudioError, type ErrorCode } from '#app/contract/errors.ts'

import { errnoOf } from '../files/file-system.ts'

const codeOfErrno: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'storageFull',
  EDQUOT: 'storageFull',
  EFBIG: 'storageFull',
  EROFS: 'libraryReadOnly',
}
const codeOfSqlite: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['SQLITE_FULL', 'storageFull'],
  ['SQLITE_CORRUPT', 'libraryDamaged'],
  ['SQLITE_NOTADB', 'libraryDamaged'],
  ['SQLITE_READONLY', 'libraryReadOnly'],
  ['SQLITE_BUSY', 'libraryLocked'],
  ['SQLITE_LOCKED', 'libraryLocked'],
  ['SQLITE_IOERR', 'storageFailed'],
  ['SQLITE_CANTOPEN', 'storageFailed'],
]
const advice: Partial<Record<ErrorCode, string>> = {
  storageFull: 'The disk is full. Free some space and try again; nothing that was saved is lost.',
  libraryDamaged: 'The library database is damaged. Nothing more is written to it; `easel library repair` restores it.',
  libraryReadOnly: 'The library cannot be written to.',
  libraryLocked: 'Another program is using the library database.',
  storageFailed: 'Reading or writing the library failed.',
}

/** Turns what SQLite and the file system throw into the error a person can act on; a `StudioError` stays itself. */
export function toLibraryError(error: unknown): unknown {
  if (error instanceof StudioError) return error
  const errno = errnoOf(error)
  let code: ErrorCode | undefined
  if (error instanceof Database.SqliteError) code = codeOfSqlite.find(([prefix]) => error.code.startsWith(prefix))?.[1]
  else if (errno !== undefined && /^E[A-Z0-9]+$/.test(errno)) code = codeOfErrno[errno] ?? 'storageFailed'
  if (code === undefined || !(error instanceof Error)) return error
  // The system's messages begin with the code, SQLite's do not.
  const details = errno === undefined || error.message.startsWith(errno) ? error.message : `${errno}: ${error.message}`
  return new StudioError(code, `${advice[code] ?? ''} (${details})`, { cause: error })
}

/** The same object, with every method's errors (thrown or rejected) translated. */
export function withLibraryErrors<T extends object>(target: T): T {
  const guarded: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(target)) {
    guarded[name] = typeof value === 'function' ? guard(value as (...input: unknown[]) => unknown) : value
  }
  return guarded as T
}

function guard(method: (...input: unknown[]) => unknown): (...input: unknown[]) => unknown {
  return (...input) => {
    try {
      const result = method(...input)
      if (!(result instanceof Promise)) return result
      return result.catch((error: unknown) => {
        throw toLibraryError(error)
      })
    } catch (error) {
      throw toLibraryError(error)
    }
  }
}
