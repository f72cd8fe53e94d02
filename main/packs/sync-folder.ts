import { open } from 'node:fs/promises'

/** Waits until the disk has the names in a folder: only then does a rename last through a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; NTFS journals renames itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
