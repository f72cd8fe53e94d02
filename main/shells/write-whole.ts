import { randomUUID } from 'node:crypto'
import { link, lstat, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Writes a file to a name that is not taken. The name appears when the whole file is on the disk, or not at all: what a killed program has left half written must not
 * pass for the file the next time.
 * @param write makes the file under the name it is given, in the folder of the target
 * @returns false when there is something under this name already, which is left as it is
 */
export async function writeWhole(target: string, write: (part: string) => Promise<void>): Promise<boolean> {
  if (await isThere(target)) return false
  const part = join(dirname(target), `.easel-${randomUUID()}.part`)
  try {
    await write(part)
    await flush(part)
    return await nameWithoutLoss(part, target)
  } finally {
    await rm(part, { force: true })
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

/** A second name, which is refused when it is taken. File systems of memory cards have none: there the file is renamed after another look. */
async function nameWithoutLoss(part: string, target: string): Promise<boolean> {
  try {
    await link(part, target)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await isThere(target))) return false
    await rename(part, target)
    return true
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}
