import { mkdirSync, watch } from 'node:fs'

/** A pack arrives by one rename, but a folder that is copied in by hand comes file by file. */
const quietMs = 300

/**
 * Calls back when a pack was installed, replaced or removed, by this program or another one. Does not keep the process alive.
 * @param folder of the installed packs; made when it is not there
 * @param readSignature what there is now, as text: nothing is said while it stays the same
 * @returns the way to stop
 */
export function watchPacks(folder: string, readSignature: () => Promise<string>, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let known = readSignature().catch(() => '')
  async function compare(): Promise<void> {
    const before = await known
    const now = await readSignature().catch(() => before)
    known = Promise.resolve(now)
    if (now !== before) onChange()
  }
  try {
    mkdirSync(folder, { recursive: true })
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      // Packs on their way in or out are hidden.
      if (name?.startsWith('.') === true) return
      clearTimeout(timer)
      timer = setTimeout(() => void compare(), quietMs).unref()
    })
    watcher.on('error', () => watcher.close())
    return () => {
      clearTimeout(timer)
      watcher.close()
    }
  } catch {
    // A folder that cannot be watched (a full table of watches, a network disk) costs the news, not the studio.
    return () => {}
  }
}
