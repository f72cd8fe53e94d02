import { join } from 'node:path'

import { makeFolderDurably, removeIfThere, writeFileDurably } from '../files/durable-write.ts'
import type { FileSystem } from '../files/file-system.ts'

const changesFolder = (folder: string) => join(folder, 'marks')
const namePattern = /^(\d{12})\.json$/

function numberOf(name: string): number {
  return Number(namePattern.exec(name)?.[1] ?? NaN)
}

/** Durable when it returns. A number whose change was never committed is taken again. */
export function writeChange(files: FileSystem, folder: string, number: number, text: string): void {
  const target = changesFolder(folder)
  makeFolderDurably(files, folder, target)
  const name = `${String(number).padStart(12, '0')}.json`
  writeFileDurably(files, target, join(target, name), Buffer.from(text))
}

/** In the order in which they were made. */
export function* readChangesAfter(files: FileSystem, folder: string, after: number) {
  for (const name of files.listFolder(changesFolder(folder))) {
    const number = numberOf(name)
    if (!(number > after)) continue
    yield { number, text: Buffer.from(files.readFile(join(changesFolder(folder), name))).toString('utf8') }
  }
}

/** Also what a crash left half written. */
export function removeChangesUpTo(files: FileSystem, folder: string, last: number): void {
  for (const name of files.listFolder(changesFolder(folder)))
    if (!(numberOf(name) > last)) removeIfThere(files, join(changesFolder(folder), name))
}

/** They are of what comes after the state that the library goes back to. */
export function setChangesAside(files: FileSystem, folder: string, target: string): void {
  if (files.stat(changesFolder(folder)) === undefined) return
  files.rename(changesFolder(folder), join(target, 'marks'))
  files.syncFolder(target)
  files.syncFolder(folder)
}
