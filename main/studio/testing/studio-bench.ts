import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { StoredLibrary } from '#main/library/library.ts'

import { createStudio, type Studio, type StudioOptions } from '../studio.ts'
import { createFakeEngine, type FakeEngine } from './fake-engine.ts'
import { createFakePacks, fakePack } from './fake-packs.ts'
import { createMemoryLibrary } from './memory-library.ts'

/** What a studio is started on in tests; everything stays for the next one that is started, as after a restart. */
export interface StudioBench {
  readonly library: StoredLibrary
  /** Another one takes its place where the process is to be a new one. */
  engine: FakeEngine
  /** Of every studio started, in order. */
  readonly events: readonly StudioEvent[]
  /** With the packs `starter` and `wide`, and 42 as each seed that is drawn. */
  readonly start: (changes?: Partial<StudioOptions>) => Studio
}

export function createStudioBench(): StudioBench {
  const events: StudioEvent[] = []
  const bench: StudioBench = {
    library: createMemoryLibrary(),
    engine: createFakeEngine(),
    events,
    start(changes = {}) {
      const studio = createStudio({
        library: bench.library,
        engine: bench.engine,
        packs: createFakePacks([fakePack('starter'), fakePack('wide', { columns: 3, sha256: 'cd'.repeat(32) })]),
        version: '1.2.3',
        shell: 'cli',
        drawSeed: () => 42,
        ...changes,
      })
      studio.subscribe((event) => events.push(event))
      return studio
    },
  }
  return bench
}

/** Something to wait at until it is opened. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

/** Resolves at the next event of a type. */
export function nextEvent(studio: Studio, type: StudioEvent['type']): Promise<StudioEvent> {
  return new Promise((resolve) => {
    const stop = studio.subscribe((happened) => {
      if (happened.type !== type) return
      stop()
      resolve(happened)
    })
  })
}

export const typesOf = (happened: readonly StudioEvent[]) => happened.map(({ type }) => type)

/** The tokens of each finished candidate of a run, by its index. */
export async function tokensOf(studio: Studio, generationId: GenerationId) {
  const { pictures } = await studio.api.getGeneration({ generationId })
  const details = await Promise.all(pictures.map(({ id }) => studio.api.getPicture({ pictureId: id })))
  return Object.fromEntries(details.map(({ index, tokens }) => [index, tokens]))
}
