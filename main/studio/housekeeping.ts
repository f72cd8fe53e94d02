import type { StoredLibrary } from '#main/library/library.ts'

import type { StudioLog } from './parts.ts'

const everyMs = 60_000

/** What a library needs from a program that stays open. */
export interface Housekeeping {
  /** One round: a backup when one is due, and, when nothing is being drawn, a few pictures checked against their hashes. */
  round(): Promise<void>
  stop(): void
}

/** A round every minute. Does not keep the process alive; what goes wrong is logged and tried again. */
export function startHousekeeping(parts: {
  readonly library: StoredLibrary
  readonly isIdle: () => boolean
  readonly log: StudioLog
}): Housekeeping {
  const { library, isIdle, log } = parts
  let isBusy = false

  async function round(): Promise<void> {
    if (isBusy) return
    isBusy = true
    try {
      const backup = await library.backUpIfDue()
      if (backup !== null) log('info', `Backed the library up as ${backup.name}.`)
      if (!isIdle()) return
      for (const { pictureId, problem } of library.scrub().problems) log('warn', `Picture ${pictureId}: ${problem}`)
    } catch (error) {
      log('warn', `The library could not be looked after: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      isBusy = false
    }
  }

  const timer = setInterval(() => void round(), everyMs).unref()
  return { round, stop: () => clearInterval(timer) }
}
