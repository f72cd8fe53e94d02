import { StudioError } from '#app/contract/errors.ts'
import type { PackReference } from '#app/domain/generation.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { Precision } from '#app/domain/pack.ts'
import type { Engine } from '#main/engine/engine.ts'

import { choosePrecision } from './choose-precision.ts'
import type { FoundPack, Packs } from './packs-port.ts'
import { isEngineDeath, quarantineError, type Quarantine } from './quarantine.ts'

/** A pack that was left for another one goes from memory after this. Typing back and forth between two must not load them each time. */
const idleMs = 60_000

/** Drawn with when nothing is said: installing another pack changes no one's results. */
const preferredPack = 'starter'

interface LoadedPack {
  readonly pack: FoundPack
  /** What this call waited for the weights; 0 when they were there. */
  readonly seconds: number
}

/** Brings packs into the engine, lazily and once; the first user of a pack pays for it. */
export interface PackLoader {
  /** The named pack, or the default one. Not loaded by this. */
  choose(id: PackId | undefined): Promise<FoundPack>
  /** @throws StudioError when the pack is gone, invalid, quarantined, or no longer the one of `reference` */
  load(id: PackId, reference?: PackReference): Promise<LoadedPack>
  /** Gives the memory of a pack back, unless a call uses it. */
  unload(id: PackId): Promise<void>
  /** To be called when the engine process has ended: a new one starts empty. */
  forget(): void
}

/**
 * @param parts.wish the precision that packs are loaded in where they have it; absent = `EASEL_PRECISION`
 * @param parts.isUsed whether a call of the engine uses a pack now; absent = packs stay in memory for good
 */
export function createPackLoader(parts: {
  engine: Engine
  packs: Packs
  quarantine: Quarantine
  wish?: Precision | undefined
  isUsed?: (id: PackId) => boolean
}): PackLoader {
  const { engine, packs, quarantine, isUsed, wish } = parts
  /** By pack and version of its files, so that a pack replaced on disk is loaded anew. */
  const loads = new Map<string, Promise<unknown>>()
  /** When each loaded pack was last asked for, by a clock that nobody sets. */
  const asked = new Map<PackId, number>()
  let newest: PackId | undefined
  let sweep: NodeJS.Timeout | undefined

  async function unload(id: PackId): Promise<void> {
    if (!asked.has(id) || isUsed === undefined || isUsed(id)) return
    asked.delete(id)
    for (const key of loads.keys()) if (key.startsWith(`${id} `)) loads.delete(key)
    await engine.unloadPack(id)
  }

  /** The pack that was asked for last stays; the others go once nobody has asked for them for a while. */
  function unloadIdle(): void {
    sweep = undefined
    const idle = [...asked].filter(([id, at]) => id !== newest && performance.now() - at >= idleMs)
    // What cannot be unloaded is the engine's trouble, and the next call's to hear of.
    for (const [id] of idle) unload(id).catch(() => undefined)
    if (asked.size > 1 && isUsed !== undefined) scheduleSweep()
  }
  function scheduleSweep(): void {
    sweep ??= setTimeout(unloadIdle, idleMs).unref()
  }

  async function loadOnce(found: FoundPack): Promise<void> {
    const { id, sha256, precisions } = found.summary
    const precision = choosePrecision(precisions, wish)
    const key = `${id} ${sha256}`
    let load = loads.get(key)
    if (load === undefined) {
      load = engine.loadPack({ packId: id, folder: found.folder, precision }).catch((error: unknown) => {
        loads.delete(key)
        if (!isEngineDeath(error)) throw error
        loads.clear()
        asked.clear()
        throw quarantine.recordDeath(id) ? quarantineError(id, error) : error
      })
      loads.set(key, load)
    }
    await load
  }

  function noteUse(id: PackId): void {
    asked.set(id, performance.now())
    newest = id
    if (asked.size > 1 && isUsed !== undefined) scheduleSweep()
  }

  return {
    async choose(id) {
      if (id !== undefined) return packs.find(id)
      const found = await packs.list()
      const usable = found.filter((pack) => !quarantine.has(pack.summary.id))
      const choice = usable.find((pack) => pack.summary.id === preferredPack) ?? usable[0] ?? found[0]
      if (choice !== undefined) return choice
      throw noPackError(await packs.listBroken())
    },
    async load(id, reference) {
      quarantine.check(id)
      const pack = await packs.find(id)
      if (reference !== undefined && reference.sha256 !== pack.summary.sha256) throw changedPackError(pack, reference)
      const start = performance.now()
      noteUse(id)
      await loadOnce(pack)
      return { pack, seconds: (performance.now() - start) / 1000 }
    },
    unload,
    forget() {
      loads.clear()
      asked.clear()
    },
  }
}

function noPackError(broken: Awaited<ReturnType<Packs['listBroken']>>): StudioError {
  const [first] = broken
  if (first === undefined) {
    return new StudioError(
      'packMissing',
      'No pack is installed, so there is no model to draw with. Install a pack first.',
    )
  }
  return new StudioError('packInvalid', `No pack can be used. ${first.folder}: ${first.error.message}`)
}

function changedPackError({ summary }: FoundPack, reference: PackReference): StudioError {
  return new StudioError(
    'packInvalid',
    `It belongs to version ${reference.version} of the pack "${reference.id}" (${reference.sha256.slice(0, 12)}); ` +
      `installed is version ${summary.version} (${summary.sha256.slice(0, 12)}), which draws something else.`,
  )
}
