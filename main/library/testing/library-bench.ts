import { rmSync } from 'node:fs'

import type { PictureId } from '#app/domain/ids.ts'

import type { StoredLibrary } from '../library.ts'
import { openLibrary } from '../open-library.ts'
import { makeQuickFolder } from './folders.ts'
import { createRandom, sampleCandidate, sampleGeneration } from './sample.ts'

/** A library in a folder of its own, by a clock that goes on a second with every look at it. */
export interface LibraryBench {
  readonly folder: string
  readonly now: () => number
  readonly random: () => number
  /** Milliseconds since 1970; begins with 2026. */
  clock: number
  library: StoredLibrary
  reopen(): Promise<void>
  /** A finished run of so many pictures, in the order drawn. */
  addPictures(count: number, prompt?: string): Promise<readonly PictureId[]>
  /** Closes the library and removes its folder. */
  end(): void
}

export async function openLibraryBench(): Promise<LibraryBench> {
  const folder = makeQuickFolder('open')
  const random = createRandom(1)
  let clock = Date.UTC(2026, 0, 1)
  const now = () => (clock += 1000)
  const bench: LibraryBench = {
    folder,
    now,
    random,
    get clock() {
      return clock
    },
    set clock(time) {
      clock = time
    },
    library: await openLibrary({ folder, now, program: 'Easel 9.9.9' }),
    async reopen() {
      bench.library.close()
      bench.library = await openLibrary({ folder, now })
    },
    async addPictures(count, prompt = 'a red apple') {
      const { id } = bench.library.createGeneration(sampleGeneration({ prompt, candidates: count }))
      const ids: PictureId[] = []
      for (let i = 0; i < count; i++) ids.push((await bench.library.addCandidate(id, sampleCandidate(i, random))).id)
      bench.library.setGenerationState(id, 'finished')
      return ids
    },
    end() {
      bench.library.close()
      rmSync(folder, { recursive: true })
    },
  }
  return bench
}
