import type { FileSystem } from './files/file-system.ts'
import type { ObjectStore } from './files/object-store.ts'

export const databaseName = 'easel.db'

export interface LibraryOptions {
  /** Made when it is not there. */
  readonly folder: string
  /** `read` opens beside a writer, takes no lock and changes nothing. Default `write`. */
  readonly access?: 'read' | 'write'
  /** `repair` puts a damaged database right before opening it (`startUp.repair` tells); default `refuse`. */
  readonly onDamage?: 'refuse' | 'repair'
  /** Goes into every PNG and into the refusal that a second writer gets: name and version. */
  readonly program?: string
  readonly files?: FileSystem
  /** Unix time in milliseconds. */
  readonly now?: () => number
}

/** What the parts of a library share. */
export interface LibraryContext {
  readonly folder: string
  readonly objects: ObjectStore
  readonly files: FileSystem
  /** Name and version of the program, for PNGs. */
  readonly software: string
  /** Unix time in milliseconds. */
  now(): number
}
