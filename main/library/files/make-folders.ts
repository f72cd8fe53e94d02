import { dirname, parse } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

import { errnoOf, type FileFacts, type FileSystem } from './file-system.ts'

/**
 * Makes the folder of a library, with the folders above it, each durable in the one above. Step by step: Node's own
 * recursive `mkdir` never ends where a folder refuses names, as `/proc` does.
 * @throws StudioError `invalidRequest` where a file is in its place, `storageFailed` where none can be made
 */
export function makeLibraryFolder(files: FileSystem, folder: string): void {
  refuseFile(files, folder)
  if (factsOf(files, folder) !== undefined) return
  if (dirname(folder) !== folder) makeLibraryFolder(files, dirname(folder))
  try {
    files.makeFolder(folder)
    files.syncFolder(dirname(folder))
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'ENOENT' && errno !== 'EACCES' && errno !== 'EPERM') throw error
    throw new StudioError('storageFailed', `The folder ${folder} cannot be made (${errno}).`, { cause: error })
  }
}

/** A link is followed by whoever opens it: only what is surely no folder is refused. */
export function refuseFile(files: FileSystem, folder: string): void {
  if (factsOf(files, folder)?.isFile !== true) return
  const hint = parse(folder).base === 'easel.db' ? ` Name its folder: ${dirname(folder)}.` : ''
  throw new StudioError('invalidRequest', `${folder} is a file; a library is a folder.${hint}`)
}

/** Nothing is there, too, when something above it is a file. */
function factsOf(files: FileSystem, path: string): FileFacts | undefined {
  try {
    return files.stat(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}
