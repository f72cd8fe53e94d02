import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'

/** Deaths of the engine in a row that a pack may cause before it is left alone. */
const maxDeaths = 2

/**
 * Which packs the engine keeps dying of. Lasts for the session only: after a restart, an update or a reboot the pack gets another chance.
 */
export interface Quarantine {
  /** @returns true when the pack is quarantined by this death */
  recordDeath(id: PackId): boolean
  /** The pack has done a whole job: earlier deaths were not its fault. */
  recordSuccess(id: PackId): void
  has(id: PackId): boolean
  /** @throws StudioError `engineDied` when the pack is quarantined */
  check(id: PackId): void
}

export function createQuarantine(): Quarantine {
  const deaths = new Map<PackId, number>()
  const has = (id: PackId) => (deaths.get(id) ?? 0) >= maxDeaths
  return {
    recordDeath(id) {
      deaths.set(id, (deaths.get(id) ?? 0) + 1)
      return has(id)
    },
    recordSuccess(id) {
      if (!has(id)) deaths.delete(id)
    },
    has,
    check(id) {
      if (has(id)) throw quarantineError(id)
    },
  }
}

export function quarantineError(id: PackId, cause?: unknown): StudioError {
  const reason = cause instanceof Error ? ` The last time it said: ${cause.message}` : ''
  return new StudioError(
    'engineDied',
    `The pack "${id}" ended the engine ${maxDeaths} times, so it is not used again until Easel is restarted. ` +
      `Choose another pack, or fewer candidates if memory is short.${reason}`,
    cause === undefined ? {} : { cause },
  )
}

/** True for the failures after which a new engine process may well succeed. */
export function isEngineDeath(error: unknown): boolean {
  return error instanceof StudioError && (error.code === 'engineDied' || error.code === 'engineTimeout')
}
