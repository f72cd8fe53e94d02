import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationSummary } from '#app/domain/generation.ts'
import type { PackId } from '#app/domain/ids.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'
import type { WatchdogOptions } from '#main/engine/watchdog.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'
import { openStudio } from '#main/studio/open-studio.ts'
import type { Studio } from '#main/studio/studio.ts'
import { EngineDeaths } from './engine-deaths.ts'

const patientMs = 120_000

/** An event and the `Date.now()` of its arrival. */
export interface TimedEvent {
  readonly event: StudioEvent
  readonly at: number
}

/** A real studio over two tiny packs, `first` and `second`, whose engine can be given faults. */
export class ContainmentStudio {
  readonly studio: Studio
  readonly deaths: EngineDeaths
  readonly events: TimedEvent[] = []
  readonly #folder: string

  private constructor(studio: Studio, deaths: EngineDeaths, folder: string) {
    this.studio = studio
    this.deaths = deaths
    this.#folder = folder
    studio.subscribe((event) => this.events.push({ event, at: Date.now() }))
  }

  static async open(): Promise<ContainmentStudio> {
    const folder = mkdtempSync(join(tmpdir(), 'easel-containment-'))
    for (const id of ['first', 'second']) await makeTinyPack(join(folder, `${id}-pack`), { id })
    const before = process.env['EASEL_PACKS']
    const watchdog = await measuredPatience(join(folder, 'first-pack'))
    const deaths = new EngineDeaths()
    process.env['EASEL_PACKS'] = folder
    try {
      const libraryFolder = join(folder, '.library')
      const studio = await openStudio({ shell: 'browser', libraryFolder, spawnEngine: deaths.spawn, watchdog })
      return new ContainmentStudio(studio, deaths, folder)
    } finally {
      if (before === undefined) delete process.env['EASEL_PACKS']
      else process.env['EASEL_PACKS'] = before
    }
  }

  generate(packId: string, candidates: number): Promise<GenerationSummary> {
    return this.studio.api.generate({ prompt: 'the red cat', packId: packId, seed: 7, candidates })
  }

  /** Resolves when nothing is to be done any more. @throws when that takes two minutes */
  async idle(): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error(`The queue has not ended after ${patientMs / 1000} s.`)), patientMs)
    await Promise.race([this.studio.whenIdle(), promise]).finally(() => clearTimeout(timer))
  }

  /** The tokens of all pictures of a job, by number. */
  async tokensOf({ id }: GenerationSummary): Promise<readonly string[]> {
    const { pictures } = await this.studio.api.getGeneration({ generationId: id })
    const details = await Promise.all(pictures.map((picture) => this.studio.api.getPicture({ pictureId: picture.id })))
    return details.sort((a, b) => a.index - b.index).map(({ tokens }) => tokens.join())
  }

  async close(): Promise<void> {
    await this.studio.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** So short that a stuck process is soon ended, and so long that one on a busy machine is not: by what a whole start took just now. */
async function measuredPatience(folder: string): Promise<WatchdogOptions> {
  const start = performance.now()
  const engine = new EngineHost(forkEngine)
  await engine.loadPack({ packId: 'first' as PackId, folder, precision: 'fp32' })
  await engine.close()
  const seconds = Math.min(60, Math.max(2, ((performance.now() - start) / 1000) * 6))
  return { loadSeconds: seconds, stepSeconds: seconds }
}
