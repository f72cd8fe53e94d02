import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { repairLibrary } from '../health/repair.ts'
import { databaseName } from '../library-folder.ts'
import { openLibrary } from '../open-library.ts'
import { createRandom, sampleCandidate, sampleGeneration } from '../testing/sample.ts'

export interface RebuildSpeed {
  readonly rebuiltFiles: number
  readonly rebuiltPerSecond: number
  /** Processor time, in milliseconds a file. */
  readonly rebuildCpuMs: number
  /** Pictures that answer after the rebuild as before, but for their entropies. */
  readonly rebuiltSame: number
}

/** Also when there is no time left. */
const fewest = 8

/** Deletes the database of a library of so many pictures (128 × 128, 256 tokens) and rebuilds it from their files. */
export async function measureRebuild(folder: string, pictures: number, untilMs = Infinity): Promise<RebuildSpeed> {
  const random = createRandom(14)
  const size = { sidePx: 128, cells: 256 }
  const library = await openLibrary({ folder })
  const isTimeLeft = (made: number) => made < fewest || performance.now() < untilMs
  for (let made = 0; made < pictures && isTimeLeft(made);) {
    const prompt = `prompt ${made}`
    const { id } = library.createGeneration(
      sampleGeneration({ prompt, seed: made, candidates: 8, rows: 16, columns: 16 }),
    )
    for (let i = 0; i < 8 && made < pictures; i++, made++)
      await library.addCandidate(id, sampleCandidate(i, random, size))
    library.setGenerationState(id, 'finished')
  }
  const before = describe(library)
  library.close()
  for (const ending of ['', '-wal', '-shm']) rmSync(join(folder, databaseName + ending), { force: true })
  const cpu = process.cpuUsage()
  const { rebuilt } = await repairLibrary({ folder })
  const { user, system } = process.cpuUsage(cpu)
  const after = await openLibrary({ folder })
  const now = describe(after)
  after.close()
  const files = rebuilt?.files ?? 0
  return {
    rebuiltFiles: files,
    rebuiltPerSecond: files / (rebuilt?.seconds ?? Infinity),
    rebuildCpuMs: (user + system) / 1000 / files,
    rebuiltSame: [...before].filter(([id, value]) => now.get(id) === value).length,
  }
}

function describe(library: Awaited<ReturnType<typeof openLibrary>>): ReadonlyMap<string, string> {
  const made = new Map<string, string>()
  for (let cursor: string | null = null; ;) {
    const page = library.listPictures({ cursor, limit: 500 })
    for (const { id } of page.items) {
      const { entropies: _entropies, generation, clipScore, ...detail } = library.getPicture(id)
      const { seed, settings, prompt, pack, createdAt } = generation
      made.set(id, JSON.stringify({ ...detail, score: clipScore?.toFixed(6), seed, settings, prompt, pack, createdAt }))
    }
    cursor = page.nextCursor
    if (cursor === null) return made
  }
}
