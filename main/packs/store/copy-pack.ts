import { constants, type Dirent } from 'node:fs'
import { copyFile, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

const maxEntries = 64

/**
 * Copies the files of a pack folder into the new folder `target` and waits until the disk has them. Only plain files are copied: what a link
 * points to is never read. Throws `packInvalid`.
 */
export async function copyPack(source: string, target: string): Promise<void> {
  const entries = await plainFiles(source)
  await mkdir(target)
  for (const { name } of entries) {
    await copyFile(join(source, name), join(target, name), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    const file = await open(join(target, name), 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

async function plainFiles(folder: string): Promise<readonly Dirent[]> {
  const entries = await readFolder(folder)
  if (entries.length > maxEntries)
    throw new StudioError('packInvalid', `The folder holds more than ${maxEntries} files.`)
  const odd = entries.find((entry) => !entry.isFile())
  if (odd !== undefined) throw new StudioError('packInvalid', `${odd.name}: not a regular file.`)
  return entries
}

async function readFolder(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (cause) {
    throw new StudioError('packInvalid', `${folder} is not a folder that can be read.`, { cause })
  }
}
